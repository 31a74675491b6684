"""Sign-ins under way: what the pages, the code grant and the device code grant hand to each other. In memory only."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

from emulator.entra import scopes
from emulator.entra.records import Application, User

#: Letters and digits that are not taken for one another when a person types them.
_USER_CODE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
USER_CODE_LENGTH = 9
#: Seconds that a sign-in page can be answered.
FLOW_LIFETIME = 3600


@dataclass(frozen=True)
class AuthorizeRequest:
    """A request to the authorize endpoint whose application and redirect URI are good. `challenge` is of PKCE, method
    included."""

    application: Application
    redirect_uri: str
    redirect_type: str
    state: str | None = None
    response_mode: str = "query"
    scope: str = ""
    target: scopes.Target | None = None
    nonce: str | None = None
    challenge: str | None = None
    challenge_method: str = "plain"
    prompt: str | None = None
    login_hint: str | None = None
    mfa_wanted: bool = False
    client_info: bool = False
    #: The administrator's consent for everybody was asked for, not a code.
    admin_consent: bool = False


@dataclass
class DeviceCode:
    """A device's sign-in. `status` is pending, granted or declined; then `user` and the rest tell whose it is. Times in
    seconds since 1970."""

    value: str
    user_code: str
    application: Application
    scope: str
    target: scopes.Target
    expires_at: float
    status: str = "pending"
    user: User | None = None
    mfa: bool = False
    signed_in_at: float = 0.0
    #: The machine's monotonic clock at the last poll.
    polled_at: float | None = None


@dataclass(frozen=True)
class AuthorizationCode:
    value: str
    request: AuthorizeRequest
    user: User
    mfa: bool
    signed_in_at: float
    issued_at: float


@dataclass
class Session:
    """A browser that is signed in."""

    value: str
    user: str
    mfa: bool
    signed_in_at: float


@dataclass
class Flow:
    """A browser on its way through the pages, towards a redirect (`request`) or a device's sign-in (`device`)."""

    token: str
    started_at: float
    request: AuthorizeRequest | None = None
    device: DeviceCode | None = None
    user: User | None = None
    mfa: bool = False
    signed_in_at: float = 0.0
    consented: bool = False

    @property
    def application(self) -> Application:
        where = self.request or self.device
        assert where is not None
        return where.application


@dataclass
class Pending:
    core: Any
    codes: dict[str, AuthorizationCode] = field(default_factory=dict)
    used_codes: set[str] = field(default_factory=set)
    devices: dict[str, DeviceCode] = field(default_factory=dict)
    flows: dict[str, Flow] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    failures: dict[str, list[float]] = field(default_factory=dict)

    def now(self) -> float:
        return self.core.clock.now().timestamp()

    def begin(self, request: AuthorizeRequest | None = None, device: DeviceCode | None = None) -> Flow:
        now = self.now()
        self.flows = {token: flow for token, flow in self.flows.items() if now - flow.started_at < FLOW_LIFETIME}
        flow = Flow(secrets.token_urlsafe(32), now, request, device)
        self.flows[flow.token] = flow
        return flow

    def flow(self, token: str) -> Flow | None:
        flow = self.flows.get(token)
        return flow if flow and self.now() - flow.started_at < FLOW_LIFETIME else None

    def end(self, flow: Flow) -> None:
        self.flows.pop(flow.token, None)

    def new_code(self, flow: Flow, prefix: str) -> AuthorizationCode:
        assert flow.request is not None and flow.user is not None
        code = AuthorizationCode(
            prefix + secrets.token_urlsafe(120), flow.request, flow.user, flow.mfa, flow.signed_in_at, self.now()
        )
        self.codes[code.value] = code
        return code

    def new_device(self, application: Application, scope: str, target: scopes.Target, lifetime: int) -> DeviceCode:
        user_code = "".join(secrets.choice(_USER_CODE_ALPHABET) for _place in range(USER_CODE_LENGTH))
        device = DeviceCode(
            "B" + secrets.token_urlsafe(120), user_code, application, scope, target, self.now() + lifetime
        )
        self.devices[device.value] = device
        return device

    def device_of(self, user_code: str) -> DeviceCode | None:
        """The device that shows a code and still waits. Spaces, hyphens and letter case do not count."""
        wanted = user_code.replace("-", "").replace(" ", "").upper()
        now = self.now()
        return next(
            (
                each
                for each in self.devices.values()
                if each.user_code == wanted and each.status == "pending" and now < each.expires_at
            ),
            None,
        )

    def new_session(self, flow: Flow) -> Session:
        assert flow.user is not None
        session = Session(secrets.token_urlsafe(32), flow.user.upn.lower(), flow.mfa, flow.signed_in_at)
        self.sessions[session.value] = session
        return session

    def end_sessions(self, upn: str) -> None:
        self.sessions = {value: each for value, each in self.sessions.items() if each.user != upn.lower()}

    # --- wrong passwords

    def failed(self, upn: str) -> None:
        self.failures.setdefault(upn.lower(), []).append(self.now())

    def succeeded(self, upn: str) -> None:
        self.failures.pop(upn.lower(), None)

    def is_locked(self, upn: str, threshold: int) -> bool:
        """So many wrong passwords in a row lock for a minute ("Microsoft Entra smart lockout")."""
        times = self.failures.get(upn.lower(), [])
        if len(times) < threshold:
            return False
        if self.now() - times[-1] < 60:
            return True
        self.failures.pop(upn.lower())
        return False
