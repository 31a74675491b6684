"""What the sign-in server knows: applications and users of the seed, refresh tokens of the seed and of its own.

Issued and revoked refresh tokens are kept in `sign-in.jsonl` in the state directory, one JSON object a line, so that a
restart of a server that keeps its database also keeps its sign-ins. `reset` starts the file anew.
"""

from __future__ import annotations

import datetime
import json
import secrets
from collections import deque
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from .certificates import PEM_NAME, ClientCertificate, ensure_client_certificate
from .switches import switch

JOURNAL_NAME = "sign-in.jsonl"
#: Refresh tokens of this server begin like those of Entra ID, which tells a forgotten one from a stray text.
TOKEN_PREFIX = "1.A"
LOOP_WINDOW = 300


@dataclass(frozen=True)
class Secret:
    value: str
    expires: datetime.datetime | None = None


@dataclass(frozen=True)
class Application:
    client_id: str
    name: str
    public: bool = False
    consented: bool = True
    secrets: tuple[Secret, ...] = ()
    certificates: tuple[ClientCertificate, ...] = ()


@dataclass(frozen=True)
class User:
    object_id: str
    upn: str
    name: str
    enabled: bool = True


@dataclass
class RefreshToken:
    """A refresh token: bound to a user and to client ids, not to a resource ("Refresh tokens", identity platform).

    `issued_at` moves with each rotation; `signed_in_at`, the moment of the interactive sign-in, does not. Both are
    seconds since 1970. `blocked_by` is None, "mfa", "consent" or "conditional_access". `redirect_type` "spa" limits
    the token and its descendants to 24 hours after the sign-in. `sign_in_frequency` is a policy in seconds.
    """

    value: str
    client_ids: list[str]
    user: str
    issued_at: float
    signed_in_at: float
    mfa: bool = True
    blocked_by: str | None = None
    redirect_type: str = "web"
    sign_in_frequency: int | None = None
    revoked: bool = False


@dataclass
class SignInState:
    """Built by `fresh` (the seed) or `restored` (the seed and the journal). Look-ups take ids in any letter case."""

    core: Any
    started_at: float
    applications: dict[str, Application] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    refresh_tokens: dict[str, RefreshToken] = field(default_factory=dict)
    redemptions: dict[tuple[str, ...], deque] = field(default_factory=dict)

    @classmethod
    def fresh(cls, core: Any) -> "SignInState":
        state = cls(core, core.clock.now().timestamp())
        state._load_seed()
        path = state._journal()
        if path is not None:
            path.unlink(missing_ok=True)
            state._record({"started_at": state.started_at})
        return state

    @classmethod
    def restored(cls, core: Any) -> "SignInState":
        """Continues from the journal of the state directory; without one, the same as `fresh`."""
        path = Path(core.tokens.state_dir) / JOURNAL_NAME if core.tokens.state_dir else None
        if path is None or not path.exists():
            return cls.fresh(core)
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        state = cls(core, lines[0]["started_at"])
        state._load_seed()
        for line in lines[1:]:
            if "issued" in line:
                token = RefreshToken(**line["issued"])
                state.refresh_tokens[token.value] = token
            elif line.get("revoked") in state.refresh_tokens:
                state.refresh_tokens[line["revoked"]].revoked = True
        return state

    def application(self, client_id: str) -> Application | None:
        return self.applications.get(client_id.lower())

    def user(self, upn: str) -> User:
        return self.users[upn.lower()]

    def issue(self, *, client_ids: list[str], user: str, mfa: bool, signed_in_at: float, **limits: Any) -> RefreshToken:
        """A new refresh token, issued now. `limits` are blocked_by, redirect_type and sign_in_frequency."""
        token = RefreshToken(
            TOKEN_PREFIX + secrets.token_urlsafe(240), client_ids, user, self.core.clock.now().timestamp(), signed_in_at,
            mfa, **limits,
        )
        self.refresh_tokens[token.value] = token
        self._record({"issued": asdict(token)})
        return token

    def rotate(self, token: RefreshToken) -> RefreshToken:
        """The successor of a redeemed token: same sign-in, own ninety days."""
        return self.issue(
            client_ids=token.client_ids, user=token.user, mfa=token.mfa, signed_in_at=token.signed_in_at,
            blocked_by=token.blocked_by, redirect_type=token.redirect_type, sign_in_frequency=token.sign_in_frequency,
        )

    def revoke(self, token: RefreshToken) -> None:
        token.revoked = True
        self._record({"revoked": token.value})

    def is_loop(self, *request: str) -> bool:
        """Counts a redemption; True when more identical ones came within the window than the switch allows."""
        limit = int(switch(self.core, "token_request_loop_limit"))
        if limit <= 0:
            return False
        now = self.core.clock.now().timestamp()
        times = self.redemptions.setdefault(request, deque())
        while times and times[0] <= now - LOOP_WINDOW:
            times.popleft()
        times.append(now)
        return len(times) > limit

    # --- the seed

    def _load_seed(self) -> None:
        seed = self.core.sign_in or {}
        for entry in seed.get("applications", ()):
            application = self._application(entry)
            self.applications[application.client_id.lower()] = application
        for entry in seed.get("users", ()):
            user = User(entry["object_id"], entry["upn"], entry.get("name", entry["upn"]), entry.get("enabled", True))
            self.users[user.upn.lower()] = user
        for value, entry in (seed.get("refresh_tokens") or {}).items():
            self.refresh_tokens[value] = self._refresh_token(value, entry)

    def _application(self, entry: dict[str, Any]) -> Application:
        return Application(
            client_id=str(entry["client_id"]),
            name=entry.get("name", ""),
            public=entry.get("public", False),
            consented=entry.get("consented", True),
            secrets=tuple(Secret(item["value"], _moment(item.get("expires"))) for item in entry.get("secrets", ())),
            certificates=tuple(self._certificate(name) for name in entry.get("certificates", ())),
        )

    def _certificate(self, name: str) -> ClientCertificate:
        """A certificate by the name of its PEM file; a relative name is one of the state directory."""
        directory = self.core.tokens.state_dir
        if name == PEM_NAME:
            return ensure_client_certificate(directory)
        return ClientCertificate.from_pem((Path(directory or ".") / name).read_bytes())

    def _refresh_token(self, value: str, entry: dict[str, Any]) -> RefreshToken:
        signed_in = self.started_at - 86400 * float(entry.get("age_days", 0))
        client_ids = entry["client_id"]
        return RefreshToken(
            value=value,
            client_ids=[client_ids] if isinstance(client_ids, str) else list(client_ids),
            user=entry["user"],
            issued_at=signed_in,
            signed_in_at=signed_in,
            mfa=entry.get("mfa", True),
            blocked_by=entry.get("blocked_by"),
            redirect_type=entry.get("redirect_type", "web"),
            sign_in_frequency=entry.get("sign_in_frequency"),
            revoked=entry.get("revoked", False),
        )

    # --- the journal

    def _journal(self) -> Path | None:
        directory = self.core.tokens.state_dir
        return Path(directory) / JOURNAL_NAME if directory else None

    def _record(self, line: dict[str, Any]) -> None:
        path = self._journal()
        if path is None:
            return
        if not path.exists():
            path.touch(mode=0o600)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def _moment(value: Any) -> datetime.datetime | None:
    """A date of the seed, which YAML gives as text, as a date or as a datetime, as an aware datetime."""
    if value is None:
        return None
    if isinstance(value, str):
        value = datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
    elif not isinstance(value, datetime.datetime):
        value = datetime.datetime(value.year, value.month, value.day)
    return value if value.tzinfo else value.replace(tzinfo=datetime.timezone.utc)
