"""The mutable state of the sign-in server: the seed's records, and the refresh tokens it issued and revoked since.

Issued and revoked refresh tokens are kept in `sign-in.jsonl` in the state directory, one JSON object a line, so that a
restart of a server that keeps its database also keeps its sign-ins. `SignInState.fresh` starts the file anew.
"""

from __future__ import annotations

import json
import secrets
from collections import deque
from dataclasses import asdict
from pathlib import Path
from typing import Any

from . import seed
from .records import Application, RefreshToken, User
from .signing_key import write_private
from .switches import switch

JOURNAL_NAME = "sign-in.jsonl"
#: Refresh tokens of this server begin like those of Entra ID, which tells a forgotten one from a stray text.
TOKEN_PREFIX = "1.A"
LOOP_WINDOW = 300


class SignInState:
    """Look-ups take ids in any letter case. `started_at` is the moment that the seed's ages are counted back from."""

    def __init__(self, core: Any, started_at: float) -> None:
        section = core.sign_in or {}
        self._core = core
        self._journal = Path(core.tokens.state_dir) / JOURNAL_NAME
        self._redemptions: dict[tuple[str, ...], deque[float]] = {}
        self._applications = seed.read_applications(section, core.tokens.state_dir)
        self._users = seed.read_users(section)
        self._refresh_tokens = seed.read_refresh_tokens(section, self._users, started_at)

    @classmethod
    def fresh(cls, core: Any) -> "SignInState":
        """The seed as of now, and nothing issued."""
        started_at = core.clock.now().timestamp()
        state = cls(core, started_at)
        write_private(state._journal, json.dumps({"started_at": started_at}).encode() + b"\n")
        return state

    @classmethod
    def restored(cls, core: Any) -> "SignInState":
        """Continues from the journal of the state directory; without one, the same as `fresh`."""
        journal = Path(core.tokens.state_dir) / JOURNAL_NAME
        if not journal.exists():
            return cls.fresh(core)
        first, *lines = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines() if line]
        state = cls(core, first["started_at"])
        for line in lines:
            if "issued" in line:
                token = RefreshToken(**line["issued"])
                state._refresh_tokens[token.value] = token
            elif line["revoked"] in state._refresh_tokens:
                state._refresh_tokens[line["revoked"]].revoked = True
        return state

    @property
    def applications(self) -> list[Application]:
        return list(self._applications.values())

    @property
    def users(self) -> list[User]:
        return list(self._users.values())

    def application(self, client_id: str) -> Application | None:
        return self._applications.get(client_id.lower())

    def user(self, upn: str) -> User:
        return self._users[upn.lower()]

    def refresh_token(self, value: str) -> RefreshToken | None:
        return self._refresh_tokens.get(value)

    def issue(self, *, client_ids: list[str], user: str, mfa: bool, signed_in_at: float, **limits: Any) -> RefreshToken:
        """A new refresh token, issued now. `limits` are blocked_by, redirect_type and sign_in_frequency."""
        now = self._core.clock.now().timestamp()
        token = RefreshToken(TOKEN_PREFIX + secrets.token_urlsafe(240), client_ids, user, now, signed_in_at, mfa, **limits)
        self._refresh_tokens[token.value] = token
        self._record({"issued": asdict(token)})
        return token

    def rotate(self, token: RefreshToken) -> RefreshToken:
        """The successor of a redeemed token: same sign-in, own ninety days."""
        return self.issue(
            client_ids=token.client_ids,
            user=token.user,
            mfa=token.mfa,
            signed_in_at=token.signed_in_at,
            blocked_by=token.blocked_by,
            redirect_type=token.redirect_type,
            sign_in_frequency=token.sign_in_frequency,
        )

    def revoke(self, token: RefreshToken) -> None:
        token.revoked = True
        self._record({"revoked": token.value})

    def is_loop(self, *request: str) -> bool:
        """Counts a redemption; True when more identical ones came within the window than the switch allows."""
        limit = int(switch(self._core, "token_request_loop_limit"))
        if limit <= 0:
            return False
        now = self._core.clock.now().timestamp()
        times = self._redemptions.setdefault(request, deque())
        while times and times[0] <= now - LOOP_WINDOW:
            times.popleft()
        times.append(now)
        return len(times) > limit

    def _record(self, line: dict[str, Any]) -> None:
        with self._journal.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
