"""A client of the control port that needs only `requests`; one method per call."""

from __future__ import annotations

from typing import Any

import requests

from emulator.azure_pack.control_client import AzurePackControl


class ControlError(RuntimeError):
    """The emulator did not take the call; the message says why."""


class Control:
    def __init__(self, url: str, timeout: float = 30.0) -> None:
        self._url = url.rstrip("/")
        self._timeout = timeout
        self._session = requests.Session()
        # The port is on loopback: a proxy of the environment is never meant.
        self._session.trust_env = False
        self.azure_pack = AzurePackControl(self._call)

    def close(self) -> None:
        self._session.close()

    def health(self) -> dict[str, Any]:
        return self._call("GET", "/health")

    def reset(self, seed: Any = None) -> None:
        """seed: path, YAML text or document; None takes the seed that was used last."""
        self._call("POST", "/reset", {} if seed is None else {"seed": seed if isinstance(seed, dict) else str(seed)})

    def log(self, since: int = 0, **equal: Any) -> list[dict[str, Any]]:
        """Entries after `since`; keywords select, such as `log(server="api", method="POST")`."""
        entries = self._call("GET", f"/log?since={since}")["entries"]
        return [entry for entry in entries if all(entry.get(name) == value for name, value in equal.items())]

    def writes(self, since: int = 0) -> list[dict[str, Any]]:
        """Requests to the API that could change something."""
        return [entry for entry in self.log(since, server="api") if entry["method"] not in ("GET", "HEAD")]

    def clear_log(self) -> None:
        self._call("DELETE", "/log")

    def clock(self) -> dict[str, Any]:
        """`{"now": "2026-...Z", "offset_seconds": float}`."""
        return self._call("GET", "/clock")

    def advance(self, seconds: float) -> dict[str, Any]:
        return self._call("POST", "/clock", {"advance": seconds})

    def set_clock(self, moment: str) -> dict[str, Any]:
        return self._call("POST", "/clock", {"set": moment})

    def switches(self) -> dict[str, Any]:
        return self._call("GET", "/switches")

    def set(self, **switches: Any) -> dict[str, Any]:
        return self._call("POST", "/switches", switches)

    def faults(self) -> list[dict[str, Any]]:
        """The rules, each with `fired`: how often it acted."""
        return self._call("GET", "/faults")["rules"]

    def fault(self, kind: str, match: dict[str, Any] | None = None, **options: Any) -> None:
        """`fault("status", {"method": "POST"}, status=503, times=2)`: one rule, as described in README.md."""
        rule_keys = ("times", "after", "probability", "seed")
        rule = {name: options.pop(name) for name in rule_keys if name in options}
        self.add_faults({"match": match or {}, "do": {"kind": kind, **options}, **rule})

    def add_faults(self, rules: Any) -> None:
        self._call("POST", "/faults", rules)

    def clear_faults(self) -> None:
        self._call("DELETE", "/faults")

    def add_customers(self, customers: Any) -> list[str]:
        return self._call("POST", "/customers", customers)["ids"]

    def add_users(self, customer_id: str, users: Any) -> list[str]:
        return self._call("POST", f"/customers/{customer_id}/users", users)["ids"]

    def users(self, customer_id: str) -> list[dict[str, Any]]:
        return self._call("GET", f"/customers/{customer_id}/users")["users"]

    def user(self, customer_id: str, user: str) -> dict[str, Any]:
        """One user by id or by user principal name; of several namesakes the active one."""
        wanted = user.lower()
        found = [
            each for each in self.users(customer_id) if wanted in (each["id"], each["user_principal_name"].lower())
        ]
        return min(found, key=lambda each: each["state"])

    def skus(self, customer_id: str) -> dict[str, dict[str, Any]]:
        """By part number, with `consumed_units` and `available_units`."""
        return {sku["part_number"]: sku for sku in self._call("GET", f"/customers/{customer_id}/skus")["skus"]}

    def set_skus(self, customer_id: str, skus: Any) -> list[str]:
        """Adds SKUs, or replaces those with the same id; as in the seed. Licences stay."""
        return self._call("POST", f"/customers/{customer_id}/skus", skus)["ids"]

    def gdap_roles(self, customer_id: str) -> list[str] | None:
        """The roles that the partner has in this customer's tenant; None is all."""
        return self._call("GET", f"/customers/{customer_id}/gdap-roles")["roles"]

    def set_gdap_roles(self, customer_id: str, roles: list[str] | None) -> list[str] | None:
        return self._call("POST", f"/customers/{customer_id}/gdap-roles", {"roles": roles})["roles"]

    def check_password(self, customer_id: str, user_id: str, password: str) -> dict[str, Any]:
        """`{"matches": bool, "force_change": bool}`."""
        return self._call(
            "POST", "/check-password", {"customer_id": customer_id, "user_id": user_id, "password": password}
        )

    def token(self, expires_in: int = 3600, claims: dict[str, Any] | None = None, app_only: bool = False) -> str:
        return self._call("POST", "/tokens", {"expires_in": expires_in, "claims": claims, "app_only": app_only})[
            "access_token"
        ]

    # --- the sign-in server

    def refuse(self, aadsts: int, times: int | None = 1, **options: Any) -> None:
        """The next requests get this error: `refuse(50076)`, `refuse(65001, times=None, endpoint="token",
        grant_type="refresh_token")`."""
        self._call("POST", "/sign-in/refuse", {"aadsts": aadsts, "times": times, **options})

    def refusals(self) -> list[dict[str, Any]]:
        """The rules, each with `fired`."""
        return self._call("GET", "/sign-in/refuse")["rules"]

    def clear_refusals(self) -> None:
        self._call("DELETE", "/sign-in/refuse")

    def sign_in_users(self) -> list[dict[str, Any]]:
        return self._call("GET", "/sign-in/users")["users"]

    def change_sign_in_user(self, upn: str, **changes: Any) -> dict[str, Any]:
        """`change_sign_in_user(upn, enabled=False)`; also locked, password_expired, deleted, password, mfa_code, admin,
        name."""
        return self._call("POST", "/sign-in/users", {"upn": upn, **changes})

    def revoke(self, upn: str, event: str = "sessions_revoked") -> int:
        """How many refresh tokens ended. Events: see README.md."""
        return self._call("POST", "/sign-in/revoke", {"upn": upn, "event": event})["revoked"]

    def revoke_token(self, refresh_token: str) -> None:
        self._call("POST", "/sign-in/revoke", {"refresh_token": refresh_token})

    def consent(self, client_id: str, upn: str | None = None, given: bool = True) -> None:
        """Of a user, or (upn None) of an administrator for everybody."""
        self._call("POST", "/sign-in/consent", {"client_id": client_id, "upn": upn, "given": given})

    def change_application(self, client_id: str, **changes: Any) -> None:
        """`change_application(client_id, disabled=True)`; also public_flows, admin_consent, secrets,
        federated_credentials."""
        self._call("POST", "/sign-in/applications", {"client_id": client_id, **changes})

    def assertion(self, issuer: str, **options: Any) -> str:
        """A token of a test issuer: `assertion("gitlab", subject="...", audience="...", expires_in=-600, claims={...},
        signed_by="stranger")`."""
        return self._call("POST", "/sign-in/assertions", {"issuer": issuer, **options})["assertion"]

    def assertion_file(self, issuer: str = "kubernetes", **options: Any) -> str:
        """The path of a file with such a token; each call replaces it."""
        return self._call("POST", "/sign-in/assertions", {"issuer": issuer, "file": True, **options})["file"]

    def job(self, **options: Any) -> dict[str, str]:
        """The environment of a GitHub Actions job: ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN."""
        return self._call("POST", "/sign-in/jobs", options)

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._session.request(method, self._url + path, json=body, timeout=self._timeout)
        if answer.status_code != 200:
            raise ControlError(f"{method} {path}: {answer.status_code} {answer.text[:2000]}")
        return answer.json()
