"""An emulator with the default seed without Partner Center's customers (so that a reset is quick), put back to it before each test."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
import requests
import yaml
from emulator import launch
from emulator.kernel.seed import DEFAULT_SEED

LIAM, MIA, NILS = "liam@tenants.example", "mia@tenants.example", "nils@tenants.example"
OLIVIA, PETER, QUINN = "olivia@tenants.example", "peter@tenants.example", "quinn@tenants.example"
NAMESPACE = "{http://schemas.microsoft.com/windowsazure}"


class Names:
    """The seed's users, as a fixture: with importlib mode tests cannot import from each other."""

    liam, mia, nils, olivia, peter, quinn = LIAM, MIA, NILS, OLIVIA, PETER, QUINN
    olivia_web = "c1a2b3c4-0001-4000-8000-000000000001"
    olivia_shop = "c1a2b3c4-0001-4000-8000-000000000002"
    peter_web = "c1a2b3c4-0001-4000-8000-000000000003"
    peter_database = "c1a2b3c4-0001-4000-8000-000000000004"
    quinn_machines = "c1a2b3c4-0001-4000-8000-000000000005"


class Answer:
    def __init__(self, response: requests.Response) -> None:
        self.raw = response.content
        self.status = response.status_code
        self.headers = response.headers

    @property
    def json(self) -> Any:
        assert self.headers["Content-Type"].endswith("json; charset=utf-8")
        return json.loads(self.raw)

    @property
    def xml(self) -> ElementTree.Element:
        assert self.headers["Content-Type"].endswith("xml; charset=utf-8")
        return ElementTree.fromstring(self.raw)

    @property
    def refusal(self) -> tuple[int, str]:
        """(status, code)."""
        return self.status, self.json["Code"]

    @property
    def names(self) -> list[str]:
        return [each["Name"] for each in self.json["items"]]


class Wap:
    def __init__(self, running: launch.Running) -> None:
        self.running = running
        self.control = running.control
        self.azure_pack = running.control.azure_pack
        self.admin_url, self.tenant_url = running.info["azure_pack_admin_url"], running.info["azure_pack_tenant_url"]
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = running.info["ca_path"]
        self.token: str | None = None

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        tenant: bool = False,
        headers: dict[str, str | None] | None = None,
    ) -> Answer:
        """body: a JSON value, or bytes or text sent as they are."""
        sent: dict[str, str | None] = {"Authorization": f"Bearer {self.token}" if self.token else None, "Accept": None}
        if body is not None:
            sent["Content-Type"] = "application/json; charset=utf-8"
        content = (
            body.encode()
            if isinstance(body, str)
            else body
            if body is None or isinstance(body, bytes)
            else json.dumps(body).encode()
        )
        url = (self.tenant_url if tenant else self.admin_url) + path
        return Answer(
            self.session.request(
                method, url, data=content, headers=sent | (headers or {}), timeout=20, allow_redirects=False
            )
        )

    def get(self, path: str, **options: Any) -> Answer:
        return self.call("GET", path, **options)

    def user(self, name: str, **options: Any) -> Answer:
        return self.call("GET", f"/users/{quote(name, safe='@')}", **options)

    def create(self, name: str = "new@tenants.example", **members: Any) -> Answer:
        return self.call("POST", "/users", {"Name": name, "Email": name, "State": 1} | members)

    def update(self, name: str, **members: Any) -> Answer:
        return self.call("PUT", f"/users/{quote(name, safe='@')}", {"Name": name, "Email": name, "State": 1} | members)

    def delete(self, name: str, subscriptions: Any = False, force: Any = False, **options: Any) -> Answer:
        return self.call(
            "DELETE", f"/users/{quote(name, safe='@')}?deleteSubscriptions={subscriptions}&force={force}", **options
        )

    def look(self, name: str) -> tuple[Any, ...] | None:
        """(State, ActivationSyncState, SubscriptionCount, LastErrorMessage), or None for 404."""
        answer = self.user(name)
        if answer.status == 404:
            return None
        user = answer.json
        return user["State"], user["ActivationSyncState"], user["SubscriptionCount"], user["LastErrorMessage"]

    def shows(self, name: str) -> dict[str, Any]:
        return self.user(name).json


@pytest.fixture(scope="session")
def seed(tmp_path_factory):
    """Path of the seed."""
    document = yaml.safe_load(DEFAULT_SEED.read_text(encoding="utf-8"))
    path = tmp_path_factory.mktemp("seed") / "seed.json"
    path.write_text(
        json.dumps({name: document[name] for name in ("partner", "sign_in", "azure_pack")}), encoding="utf-8"
    )
    return path


@pytest.fixture(scope="session")
def shared_wap(tmp_path_factory, seed):
    with launch.start(tmp_path_factory.mktemp("azure-pack"), seed=seed) as emulator:
        yield Wap(emulator)


@pytest.fixture
def wap(shared_wap):
    shared_wap.control.reset()
    shared_wap.token = shared_wap.azure_pack.token()
    return shared_wap


@pytest.fixture(scope="session")
def names():
    return Names
