"""The services of this emulator: the one place that knows all of them, besides the control client."""

from __future__ import annotations

from emulator.azure_pack.service import AzurePack
from emulator.entra.service import Entra
from emulator.kernel.service import Service
from emulator.kernel.switches import OWN, Switch
from emulator.partner_center.service import PartnerCenter

SERVICES: tuple[Service, ...] = (PartnerCenter(), Entra(), AzurePack())
SWITCHES: tuple[Switch, ...] = (*OWN, *(switch for service in SERVICES for switch in service.switches))
