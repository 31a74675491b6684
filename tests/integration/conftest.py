"""An emulator for each worker, in the state of the seed before each test, and a runner that signs in to it."""

from __future__ import annotations

import typing as t

import pytest
from emulator import launch
from support import browser as browsers
from support.playbooks import Runner

CONTOSO = "1c9a6a52-0c6e-4f0e-8f3d-6d1b7a2f9b01"
FABRIKAM = "2d8b7b63-1d7f-4a1f-9a4e-7e2c8b3a0c02"
LONGEST = (
    "test_both_ways.py",
    "test_trials.py",
    "test_life.py",
    "test_interruption.py",
    "test_bad_days.py",
    "test_reconcile.py",
    "test_scale_out.py",
    "test_report_browser.py",
    "test_pipelines.py",
)
SECRET = "emulator-client-secret"
REFRESH_TOKEN = "emulator-refresh-token"


def sign_in_environment(info: t.Mapping[str, t.Any]) -> dict[str, str]:
    """The variables that point the modules at an emulator."""
    return {
        "PARTNER_CENTER_API_URL": info["api_url"],
        "PARTNER_CENTER_AUTHORITY_HOST": info["authority_host"],
        "PARTNER_CENTER_CA_PATH": info["ca_path"],
        "PARTNER_CENTER_TENANT_ID": info["tenant_id"],
        "PARTNER_CENTER_CLIENT_ID": info["client_id"],
        "PARTNER_CENTER_CLIENT_SECRET": SECRET,
        "PARTNER_CENTER_REFRESH_TOKEN": REFRESH_TOKEN,
    }


def azure_pack_environment(running: t.Any) -> dict[str, str]:
    """The variables that point the modules at the emulator's Azure Pack, with an administrator's token."""
    return {
        "AZURE_PACK_ENDPOINT": running.info["azure_pack_admin_url"],
        "AZURE_PACK_CA_PATH": running.info["ca_path"],
        "AZURE_PACK_ACCESS_TOKEN": running.control.azure_pack.token(),
    }


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files with the longest tests come first, so that at the end no worker has a long one left while the others are done."""
    items.sort(key=lambda item: item.path.name not in LONGEST)


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[t.Any]:
    """The emulator's process."""
    with launch.start(tmp_path_factory.mktemp("emulator")) as emulator:
        yield emulator


@pytest.fixture
def emulator(running: t.Any) -> t.Any:
    """The emulator's control, after a reset."""
    running.control.reset()
    return running.control


@pytest.fixture
def ansible(running: t.Any, emulator: t.Any) -> Runner:
    """Runs playbooks against the emulator."""
    return Runner({**sign_in_environment(running.info), **azure_pack_environment(running)})


@pytest.fixture(scope="module")
def browser() -> t.Iterator[browsers.Browser]:
    missing = browsers.install()
    if missing:
        pytest.skip(missing)
    with browsers.opened() as session:
        yield session
