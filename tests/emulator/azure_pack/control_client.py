"""Azure Pack's part of the control client: `control.azure_pack`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote


class AzurePackControl:
    """call: `(method, path, body) -> answer`; log: `Control.log`."""

    def __init__(self, call: Callable[..., Any], log: Callable[..., list[dict[str, Any]]]) -> None:
        self._call = call
        self._log = log

    def add_users(self, users: Any) -> list[str]:
        """One or a list, as in the seed; adds or replaces, with subscriptions. Answers the names."""
        return self._call("POST", "/azure-pack/users", users)["names"]

    def users(self) -> list[dict[str, Any]]:
        return self._call("GET", "/azure-pack/users")["users"]

    def user(self, name: str) -> dict[str, Any] | None:
        """The user as the server knows it, found without case; None if there is none."""
        return next((each for each in self.users() if each["name"].lower() == name.lower()), None)

    def remove_user(self, name: str) -> None:
        """At once, with its subscriptions, and no trace is kept: as if somebody else had done it."""
        self._call("DELETE", f"/azure-pack/users?name={quote(name, safe='')}")

    def add_subscriptions(self, subscriptions: Any) -> list[str]:
        """One or a list, as in the seed, with `owner`. Answers the ids."""
        return self._call("POST", "/azure-pack/subscriptions", subscriptions)["ids"]

    def subscriptions(self) -> list[dict[str, Any]]:
        return self._call("GET", "/azure-pack/subscriptions")["subscriptions"]

    def set_provider(self, subscription_id: str, outcome: str, **options: Any) -> dict[str, Any]:
        """What a deletion of the subscription will come to: `ok`, `fail` or `hang`; options are seconds and message."""
        return self._call(
            "POST", f"/azure-pack/subscriptions/{subscription_id}/provider", {"outcome": outcome, **options}
        )

    def orphans(self) -> list[dict[str, Any]]:
        """Subscriptions whose record went while their resources stayed."""
        return self._call("GET", "/azure-pack/orphans")["orphans"]

    def forget_orphans(self) -> None:
        self._call("DELETE", "/azure-pack/orphans")

    def add_accounts(self, accounts: Any) -> list[str]:
        return self._call("POST", "/azure-pack/accounts", accounts)["usernames"]

    def token(self, realm: str = "admin", principal: str | None = None, **options: Any) -> str:
        """options: expires_in (seconds), claims. Without a principal it speaks for the first administrator."""
        body = {"realm": realm, **({} if principal is None else {"principal": principal}), **options}
        return self._call("POST", "/azure-pack/tokens", body)["access_token"]

    def log(self, since: int = 0, **equal: Any) -> list[dict[str, Any]]:
        """Requests to the two Azure Pack servers, oldest first; keywords select."""
        return self._log(since, server=("azure_pack_admin", "azure_pack_tenant"), **equal)

    def writes(self, since: int = 0) -> list[dict[str, Any]]:
        """Those that could change something."""
        return [entry for entry in self.log(since) if entry["method"] not in ("GET", "HEAD")]
