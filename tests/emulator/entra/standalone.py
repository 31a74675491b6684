"""The sign-in server alone, over TLS in a thread of this process: for tests that need nothing of the API server."""

from __future__ import annotations

import datetime
import socket
import threading
import time
from pathlib import Path
from typing import Any

import requests
import trustme
import uvicorn
import yaml

from emulator.entra import app, tokens

SEED = Path(__file__).parent.parent / "seeds" / "demo.yml"


class MovableClock:
    def __init__(self) -> None:
        self.offset = 0.0

    def now(self) -> datetime.datetime:
        return datetime.datetime.fromtimestamp(time.time() + self.offset, datetime.timezone.utc)

    def advance(self, seconds: float) -> None:
        self.offset += seconds


class StandaloneCore:
    """What the sign-in server expects of the emulator's core, and no more."""

    def __init__(self, state_dir: Path) -> None:
        seed = yaml.safe_load(SEED.read_text(encoding="utf-8"))
        self.sign_in: dict[str, Any] = seed["sign_in"]
        self.partner: dict[str, str] = {name: seed["partner"][name] for name in ("tenant_id", "domain")}
        self.clock = MovableClock()
        self.switches: dict[str, Any] = {}
        self.base_urls: dict[str, str] = {}
        self.tokens = tokens.TokenAuthority.load_or_create(state_dir, self.partner["tenant_id"], self.clock)

    def reset(self) -> None:
        self.clock.offset = 0.0
        self.switches.clear()
        app.reset(self)


class TrustingSession(requests.Session):
    """A session for the server's certificate. `verify` goes into each request: REQUESTS_CA_BUNDLE beats the
    session's."""

    def __init__(self, ca_path: Path) -> None:
        super().__init__()
        self._verify = str(ca_path)

    def request(self, method: str, url: str, **options: Any) -> requests.Response:  # type: ignore[override]
        return super().request(
            method, url, **{**options, "verify": self._verify, "timeout": 10, "proxies": {"https": ""}}
        )


class StandaloneServer:
    """A context manager. `url` is the authority host, `ca_path` what clients have to trust."""

    def __init__(self, state_dir: Path) -> None:
        self.state_dir = state_dir
        self.core = StandaloneCore(state_dir)
        self.ca_path = state_dir / "ca.pem"
        authority = trustme.CA()
        authority.cert_pem.write_to_path(self.ca_path)
        pair = state_dir / "server.pem"
        authority.issue_cert("localhost", "127.0.0.1").private_key_and_cert_chain_pem.write_to_path(pair)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://localhost:{self._socket.getsockname()[1]}"
        self.core.base_urls.update(login=self.url, api="https://localhost:1")
        app.reset(self.core)
        config = uvicorn.Config(
            app.create_app(self.core), ssl_keyfile=str(pair), ssl_certfile=str(pair), log_level="error", lifespan="off"
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True)

    def __enter__(self) -> StandaloneServer:
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)
        return self

    def session(self) -> TrustingSession:
        return TrustingSession(self.ca_path)

    def token(
        self, *, tenant: str | None = None, v1: bool = False, headers: dict[str, str] | None = None, **form: str
    ) -> requests.Response:
        """Posts a form to the token endpoint, as a client without a library would."""
        path = "oauth2/token" if v1 else "oauth2/v2.0/token"
        url = f"{self.url}/{tenant or self.core.partner['tenant_id']}/{path}"
        with self.session() as session:
            return session.post(url, data=form, headers=headers)

    def __exit__(self, *_exception: object) -> None:
        # An idle connection of a client would otherwise hold the server until it goes away.
        self._server.should_exit = self._server.force_exit = True
        self._thread.join(5)
        self._socket.close()
