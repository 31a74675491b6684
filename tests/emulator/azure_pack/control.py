"""Azure Pack's part of the control port: one method per row of the table in README.md."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.routing import Route

from emulator.azure_pack import deletion, seed
from emulator.azure_pack.tokens import ADMIN_REALM, REALMS

if TYPE_CHECKING:
    from emulator.kernel.core import Core


class NoSuch(LookupError):
    """A user or subscription that is not there."""


class AzurePackControl:
    def __init__(self, core: Core) -> None:
        self._core = core
        self._store = core.store.azure_pack

    def put_users(self, _request: Request, body: Any) -> Any:
        with self._core.store.transaction():
            return {"names": seed.load_users(self._store, body, self._core.clock.now())}

    def read_users(self, _request: Request, _body: Any) -> Any:
        deletion.settle(self._core)
        return {"users": [seed.user_to_document(user, self._store.subscriptions(user)) for user in self._store.users()]}

    def remove_user(self, request: Request, _body: Any) -> Any:
        user = self._store.user(request.query_params["name"])
        if user is None:
            raise NoSuch("no such user")
        with self._core.store.transaction():
            self._store.remove_user(user)
        return {"status": "ok"}

    def put_subscriptions(self, _request: Request, body: Any) -> Any:
        with self._core.store.transaction():
            return {"ids": seed.load_subscriptions(self._store, body, self._core.clock.now())}

    def read_subscriptions(self, _request: Request, _body: Any) -> Any:
        deletion.settle(self._core)
        return {"subscriptions": [seed.subscription_to_document(each) for each in self._store.subscriptions()]}

    def set_provider(self, request: Request, body: Any) -> Any:
        subscription = self._store.subscription(request.path_params["subscription_id"])
        if subscription is None:
            raise NoSuch("no such subscription")
        deletion.settle(self._core)
        subscription.provider = seed.read_provider(body)
        self._store.save_subscription(subscription)
        return {"id": subscription.id, "provider": subscription.provider}

    def read_orphans(self, _request: Request, _body: Any) -> Any:
        deletion.settle(self._core)
        return {"orphans": self._store.orphans()}

    def forget_orphans(self, _request: Request, _body: Any) -> Any:
        self._store.forget_orphans()
        return {"status": "ok"}

    def put_accounts(self, _request: Request, body: Any) -> Any:
        accounts = [seed.read_account(each) for each in (body if isinstance(body, list) else [body])]
        self._core.azure_pack.put_accounts(accounts)
        return {"usernames": [each.username for each in accounts]}

    def issue_token(self, _request: Request, body: Any) -> Any:
        wanted = body or {}
        unknown = set(wanted) - {"realm", "principal", "expires_in", "claims"}
        if unknown:
            raise ValueError(f"unknown members: {sorted(unknown)}")
        name = wanted.get("realm", "admin")
        realm = REALMS.get(name, name)
        principal = wanted.get("principal") or next(iter(self._core.azure_pack.administrators), None)
        if not principal or (realm != ADMIN_REALM and not wanted.get("principal")):
            raise ValueError("a token needs a principal")
        expires_in = int(wanted.get("expires_in", self._core.switches.azure_pack_token_lifetime))
        token = self._core.azure_pack.tokens.issue(realm, principal, expires_in, wanted.get("claims"))
        return {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": expires_in,
            "realm": realm,
            "principal": principal,
        }


def routes(core: Core, endpoint: Callable[[Callable[[Request, Any], Any]], Any]) -> list[Route]:
    """endpoint: makes a handler of the control port out of a method."""
    api = AzurePackControl(core)
    return [
        Route("/azure-pack/users", endpoint(api.read_users), methods=["GET"]),
        Route("/azure-pack/users", endpoint(api.put_users), methods=["POST"]),
        Route("/azure-pack/users", endpoint(api.remove_user), methods=["DELETE"]),
        Route("/azure-pack/subscriptions", endpoint(api.read_subscriptions), methods=["GET"]),
        Route("/azure-pack/subscriptions", endpoint(api.put_subscriptions), methods=["POST"]),
        Route("/azure-pack/subscriptions/{subscription_id}/provider", endpoint(api.set_provider), methods=["POST"]),
        Route("/azure-pack/orphans", endpoint(api.read_orphans), methods=["GET"]),
        Route("/azure-pack/orphans", endpoint(api.forget_orphans), methods=["DELETE"]),
        Route("/azure-pack/accounts", endpoint(api.put_accounts), methods=["POST"]),
        Route("/azure-pack/tokens", endpoint(api.issue_token), methods=["POST"]),
    ]
