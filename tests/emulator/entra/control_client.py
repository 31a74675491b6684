"""The sign-in server's part of the control client."""

from __future__ import annotations

from typing import Any

from emulator.kernel.control_client import ControlClient


class SignInControl(ControlClient):
    def token(self, expires_in: int = 3600, claims: dict[str, Any] | None = None, app_only: bool = False) -> str:
        return self.call("POST", "/tokens", {"expires_in": expires_in, "claims": claims, "app_only": app_only})[
            "access_token"
        ]

    def refuse(self, aadsts: int, times: int | None = 1, **options: Any) -> None:
        """The next requests get this error: `refuse(50076)`, `refuse(65001, times=None, endpoint="token",
        grant_type="refresh_token")`."""
        self.call("POST", "/sign-in/refuse", {"aadsts": aadsts, "times": times, **options})

    def refusals(self) -> list[dict[str, Any]]:
        """The rules, each with `fired`."""
        return self.call("GET", "/sign-in/refuse")["rules"]

    def clear_refusals(self) -> None:
        self.call("DELETE", "/sign-in/refuse")

    def sign_in_users(self) -> list[dict[str, Any]]:
        return self.call("GET", "/sign-in/users")["users"]

    def change_sign_in_user(self, upn: str, **changes: Any) -> dict[str, Any]:
        """`change_sign_in_user(upn, enabled=False)`; also locked, password_expired, deleted, password, mfa_code, admin,
        name."""
        return self.call("POST", "/sign-in/users", {"upn": upn, **changes})

    def revoke(self, upn: str, event: str = "sessions_revoked") -> int:
        """How many refresh tokens ended. Events: see README.md."""
        return self.call("POST", "/sign-in/revoke", {"upn": upn, "event": event})["revoked"]

    def revoke_token(self, refresh_token: str) -> None:
        self.call("POST", "/sign-in/revoke", {"refresh_token": refresh_token})

    def consent(self, client_id: str, upn: str | None = None, given: bool = True) -> None:
        """Of a user, or (upn None) of an administrator for everybody."""
        self.call("POST", "/sign-in/consent", {"client_id": client_id, "upn": upn, "given": given})

    def change_application(self, client_id: str, **changes: Any) -> None:
        """`change_application(client_id, disabled=True)`; also public_flows, admin_consent, secrets,
        federated_credentials."""
        self.call("POST", "/sign-in/applications", {"client_id": client_id, **changes})

    def assertion(self, issuer: str, **options: Any) -> str:
        """A token of a test issuer: `assertion("gitlab", subject="...", audience="...", expires_in=-600, claims={...},
        signed_by="stranger")`."""
        return self.call("POST", "/sign-in/assertions", {"issuer": issuer, **options})["assertion"]

    def assertion_file(self, issuer: str = "kubernetes", **options: Any) -> str:
        """The path of a file with such a token; each call replaces it."""
        return self.call("POST", "/sign-in/assertions", {"issuer": issuer, "file": True, **options})["file"]

    def job(self, **options: Any) -> dict[str, str]:
        """The environment of a GitHub Actions job: ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN."""
        return self.call("POST", "/sign-in/jobs", options)
