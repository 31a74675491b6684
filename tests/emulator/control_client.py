"""A client of the control port that needs only `requests`; one method per call."""

from __future__ import annotations

from emulator.azure_pack.control_client import AzurePackControl
from emulator.entra.control_client import SignInControl
from emulator.partner_center.control_client import PartnerCenterControl


class Control(PartnerCenterControl, SignInControl):
    """`azure_pack` has the calls that are about Azure Pack."""

    def __init__(self, url: str, timeout: float = 30.0) -> None:
        super().__init__(url, timeout)
        self.azure_pack = AzurePackControl(self.call, self.log)
