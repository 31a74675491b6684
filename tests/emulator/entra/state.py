"""The mutable state of the sign-in server: the seed's records, and what happened to tokens, users and consents since.

Issued and revoked refresh tokens, changed users and consents are kept in `sign-in.jsonl` in the state directory, one
JSON object a line, so that a restart of a server that keeps its database also keeps its sign-ins. `SignInState.fresh`
starts the file anew. Sign-ins that are under way (`pending`) are in memory only.
"""

from __future__ import annotations

import json
import secrets
from collections import deque
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from emulator.entra import seed
from emulator.entra.federation import Issuers
from emulator.entra.pending import Pending
from emulator.entra.records import Application, RefreshToken, User
from emulator.entra.refusals import Refusals
from emulator.entra.signing_key import write_private
from emulator.entra.switches import switch

JOURNAL_NAME = "sign-in.jsonl"
#: Refresh tokens of this server begin like those of Entra ID, which tells a forgotten one from a stray text.
TOKEN_PREFIX = "1.A"
LOOP_WINDOW = 300
#: What ends the refresh tokens of a user: event -> (of confidential clients too, of public clients). Source: "Refresh
#: tokens in the Microsoft identity platform", table of revocation.
REVOCATIONS = {
    "password_expired": (False, False),
    "password_changed": (False, True),
    "self_service_reset": (False, True),
    "admin_reset_azure_portal": (False, True),
    "admin_reset_entra_admin_center": (True, True),
    "sessions_revoked": (True, True),
}


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
        self._consents: set[tuple[str, str]] = set()
        self.pending = Pending(core)
        self.refusals = Refusals()
        self.issuers = Issuers(core)

    @classmethod
    def fresh(cls, core: Any) -> SignInState:
        """The seed as of now, and nothing issued."""
        started_at = core.clock.now().timestamp()
        state = cls(core, started_at)
        write_private(state._journal, json.dumps({"started_at": started_at}).encode() + b"\n")
        return state

    @classmethod
    def restored(cls, core: Any) -> SignInState:
        """Continues from the journal of the state directory; without one, the same as `fresh`."""
        journal = Path(core.tokens.state_dir) / JOURNAL_NAME
        if not journal.exists():
            return cls.fresh(core)
        whole, _newline, cut_off = journal.read_text(encoding="utf-8").rpartition("\n")
        if cut_off:  # the process was killed while it wrote this line, so nobody was told of it
            write_private(journal, whole.encode() + b"\n")
        first, *lines = [json.loads(line) for line in whole.splitlines() if line]
        state = cls(core, first["started_at"])
        for line in lines:
            if "issued" in line:
                token = RefreshToken(**line["issued"])
                state._refresh_tokens[token.value] = token
            elif "user" in line:
                state._users[line["user"]["upn"].lower()] = User(**line["user"])
            elif "consent" in line:
                state._consent(**line["consent"])
            elif "application" in line:
                state._change_application(**line["application"])
            elif line.get("revoked") in state._refresh_tokens:
                state._refresh_tokens[line["revoked"]].revoked = True
        return state

    @property
    def tenant_id(self) -> str:
        return self._core.partner["tenant_id"]

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

    def known_user(self, name: str) -> User | None:
        """The user of a sign-in name, unless it was deleted."""
        user = self._users.get(name.strip().lower())
        return None if user is None or user.deleted else user

    def put_user(self, user: User) -> None:
        self._users[user.upn.lower()] = user
        self._record({"user": asdict(user)})

    def change_application(self, client_id: str, changes: dict[str, Any]) -> Application:
        """`changes` are members of an application as the seed has them."""
        changed = self._change_application(client_id, changes)
        self._record({"application": {"client_id": client_id, "changes": changes}})
        return changed

    def _change_application(self, client_id: str, changes: dict[str, Any]) -> Application:
        key = client_id.lower()
        self._applications[key] = replace(self._applications[key], **seed.read_application_changes(changes))
        return self._applications[key]

    def has_consent(self, application: Application, user: User) -> bool:
        """Of an administrator for everybody, or of the user alone. The record given may be older than the consent."""
        key = application.client_id.lower()
        return self._applications[key].consented or (key, user.upn.lower()) in self._consents

    def consent(self, application: Application, user: User | None, given: bool = True) -> None:
        """Gives or takes back the consent of a user, or (user None) of the administrator for everybody; that takes back
        all."""
        change = {"client_id": application.client_id, "upn": user.upn if user else None, "given": given}
        self._consent(application.client_id, user.upn if user else None, given)
        self._record({"consent": change})

    def _consent(self, client_id: str, upn: str | None, given: bool) -> None:
        key = client_id.lower()
        if upn is None:
            self._applications[key] = replace(self._applications[key], consented=given)
            self._consents = {each for each in self._consents if given or each[0] != key}
        elif given:
            self._consents.add((key, upn.lower()))
        else:
            self._consents.discard((key, upn.lower()))

    def revoke_of(self, user: User, event: str) -> int:
        """Ends what the event ends (see REVOCATIONS) of a user's refresh tokens, and the browser sessions. The number
        of tokens."""
        confidential_too, public = REVOCATIONS[event]
        if public:
            self.pending.end_sessions(user.upn)
        ended = 0
        for token in self._refresh_tokens.values():
            if (
                token.user.lower() == user.upn.lower()
                and not token.revoked
                and (public if self.is_public(token) else confidential_too)
            ):
                self.revoke(token)
                ended += 1
        return ended

    def is_public(self, token: RefreshToken) -> bool:
        """Whether a refresh token was issued to a public client; one of the seed is of the kind of its application."""
        if token.public is not None:
            return token.public
        application = self.application(token.client_ids[0])
        return application is not None and application.public

    def refresh_token(self, value: str) -> RefreshToken | None:
        return self._refresh_tokens.get(value)

    def issue(self, *, client_ids: list[str], user: str, mfa: bool, signed_in_at: float, **limits: Any) -> RefreshToken:
        """A new refresh token, issued now. `limits` are blocked_by, redirect_type, sign_in_frequency and public."""
        now = self._core.clock.now().timestamp()
        token = RefreshToken(
            TOKEN_PREFIX + secrets.token_urlsafe(240), client_ids, user, now, signed_in_at, mfa, **limits
        )
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
            public=token.public,
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
