"""One emulator process for each worker, put back to its seed before each test that asks for it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
import requests
from emulator import launch

CONTOSO = "1c9a6a52-0c6e-4f0e-8f3d-6d1b7a2f9b01"
FABRIKAM = "2d8b7b63-1d7f-4a1f-9a4e-7e2c8b3a0c02"
ADATUM = "4f6d9d85-3f91-4c31-9c60-904ead5c2e04"
TAILSPIN = "5a5eae96-40a2-4d42-8d71-a15fbe6d3f05"
WINGTIP = "6b4fbfa7-51b3-4e53-9e82-b260cf7e4006"
ADELE = "8d2a1f7e-3b7c-4a58-9e52-0f6f1c2d3e01"
ALEX = "8d2a1f7e-3b7c-4a58-9e52-0f6f1c2d3e02"
JURGEN_SYNCED = "8d2a1f7e-3b7c-4a58-9e52-0f6f1c2d3e05"
FERDINAND_DELETED = "8d2a1f7e-3b7c-4a58-9e52-0f6f1c2d3e07"
DIEGO_DELETED = "8d2a1f7e-3b7c-4a58-9e52-0f6f1c2d3e08"
PASSWORD = "abCD123*"


class Ids:
    """The seed's ids, as a fixture: with importlib mode tests cannot import from each other."""

    contoso, fabrikam, adatum, tailspin, wingtip = CONTOSO, FABRIKAM, ADATUM, TAILSPIN, WINGTIP
    adele, alex, jurgen_synced = ADELE, ALEX, JURGEN_SYNCED
    ferdinand_deleted, diego_deleted = FERDINAND_DELETED, DIEGO_DELETED


class Answer:
    """A response with its JSON read as a careful client does."""

    def __init__(self, response: requests.Response) -> None:
        self.raw = response.content
        self.status = response.status_code
        self.headers = response.headers

    @property
    def json(self) -> Any:
        return json.loads(self.raw.decode("utf-8-sig"))

    @property
    def refusal(self) -> tuple[int, int]:
        """(status, code)."""
        return self.status, self.json["code"]


class Api:
    """Calls the API over TLS with keep-alive; paths begin behind /v1."""

    def __init__(self, running: launch.Running) -> None:
        self.running = running
        self.control = running.control
        self.url = running.info["api_url"]
        self.session = requests.Session()
        # Otherwise REQUESTS_CA_BUNDLE of the environment would beat the emulator's CA.
        self.session.trust_env = False
        self.session.verify = running.info["ca_path"]
        self.token: str | None = running.control.token()

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: dict[str, str] | None = None,
        raw: bytes | None = None,
    ) -> Answer:
        sent = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        sent |= {"Content-Type": "application/json"} if body is not None or raw is not None else {}
        content = raw if raw is not None else None if body is None else json.dumps(body).encode()
        url = self.url + (path if path.lower().startswith("/v1") else "/v1" + path)
        return Answer(
            self.session.request(
                method, url, data=content, headers=sent | (headers or {}), timeout=20, allow_redirects=False
            )
        )

    def get(self, path: str, **options: Any) -> Answer:
        return self.call("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self.call("POST", path, body, **options)

    def patch(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self.call("PATCH", path, body, **options)

    def delete(self, path: str, **options: Any) -> Answer:
        return self.call("DELETE", path, **options)

    def users(self, customer_id: str = CONTOSO) -> str:
        return f"/customers/{customer_id}/users"

    def user(self, user_id: str, customer_id: str = CONTOSO) -> str:
        return f"/customers/{customer_id}/users/{user_id}"

    def filtered(self, path: str, filter_text: str, size: int | None = None) -> str:
        return f"{path}?{'' if size is None else f'size={size}&'}filter={quote(filter_text)}"

    def deleted_users(self, customer_id: str = CONTOSO, field: str = "UserState") -> Answer:
        return self.get(
            self.filtered(
                self.users(customer_id), json.dumps({"Field": field, "Value": "Inactive", "Operator": "equals"})
            )
        )

    def create(
        self, local: str = "new.user", customer_id: str = CONTOSO, domain: str = "contoso.example", **more: Any
    ) -> dict[str, Any]:
        """Creates a user that must come into being."""
        body = {
            "userPrincipalName": f"{local}@{domain}",
            "displayName": local,
            "passwordProfile": {"password": PASSWORD},
        } | more
        answer = self.post(self.users(customer_id), body)
        assert answer.status == 200, answer.raw
        return answer.json


@pytest.fixture(scope="session")
def running(tmp_path_factory):
    with launch.start(tmp_path_factory.mktemp("emulator")) as emulator:
        yield emulator


@pytest.fixture(scope="session")
def shared_api(running):
    return Api(running)


@pytest.fixture
def api(shared_api):
    shared_api.control.reset()
    shared_api.token = shared_api.control.token()
    return shared_api


@pytest.fixture
def control(api):
    return api.control


@pytest.fixture(scope="session")
def connect():
    """Makes an `Api` for an emulator that the test started itself."""
    return Api


@pytest.fixture(scope="session")
def ids():
    return Ids
