"""Azure Pack's part of the control port: one method per row of the table in README.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator.azure_pack import deletion, seed
from emulator.azure_pack.tokens import ADMIN_REALM, REALMS
from emulator.kernel.control_calls import ControlCall, ControlRequest, NotThere

if TYPE_CHECKING:
    from emulator.kernel.core import Core


class AzurePackCalls:
    def __init__(self, core: Core) -> None:
        self._core = core
        self._store = core.store.azure_pack

    def put_users(self, request: ControlRequest) -> Any:
        with self._core.store.transaction():
            return {"names": seed.load_users(self._store, request.body, self._core.clock.now())}

    def read_users(self, _request: ControlRequest) -> Any:
        deletion.settle(self._core)
        return {"users": [seed.user_to_document(user, self._store.subscriptions(user)) for user in self._store.users()]}

    def remove_user(self, request: ControlRequest) -> Any:
        user = self._store.user(request.query["name"][0])
        if user is None:
            raise NotThere("no such user")
        with self._core.store.transaction():
            self._store.remove_user(user)
        return {"status": "ok"}

    def put_subscriptions(self, request: ControlRequest) -> Any:
        with self._core.store.transaction():
            return {"ids": seed.load_subscriptions(self._store, request.body, self._core.clock.now())}

    def read_subscriptions(self, _request: ControlRequest) -> Any:
        deletion.settle(self._core)
        return {"subscriptions": [seed.subscription_to_document(each) for each in self._store.subscriptions()]}

    def set_provider(self, request: ControlRequest) -> Any:
        subscription = self._store.subscription(request.params["subscription_id"])
        if subscription is None:
            raise NotThere("no such subscription")
        deletion.settle(self._core)
        subscription.provider = seed.read_provider(request.body)
        self._store.save_subscription(subscription)
        return {"id": subscription.id, "provider": subscription.provider}

    def read_orphans(self, _request: ControlRequest) -> Any:
        deletion.settle(self._core)
        return {"orphans": self._store.orphans()}

    def forget_orphans(self, _request: ControlRequest) -> Any:
        self._store.forget_orphans()
        return {"status": "ok"}

    def put_accounts(self, request: ControlRequest) -> Any:
        accounts = [
            seed.read_account(each) for each in (request.body if isinstance(request.body, list) else [request.body])
        ]
        self._core.azure_pack.put_accounts(accounts)
        return {"usernames": [each.username for each in accounts]}

    def issue_token(self, request: ControlRequest) -> Any:
        wanted = request.body or {}
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


def calls(core: Core) -> tuple[ControlCall, ...]:
    api = AzurePackCalls(core)
    return (
        ControlCall("GET", "azure-pack/users", api.read_users),
        ControlCall("POST", "azure-pack/users", api.put_users),
        ControlCall("DELETE", "azure-pack/users", api.remove_user),
        ControlCall("GET", "azure-pack/subscriptions", api.read_subscriptions),
        ControlCall("POST", "azure-pack/subscriptions", api.put_subscriptions),
        ControlCall("POST", "azure-pack/subscriptions/{subscription_id}/provider", api.set_provider),
        ControlCall("GET", "azure-pack/orphans", api.read_orphans),
        ControlCall("DELETE", "azure-pack/orphans", api.forget_orphans),
        ControlCall("POST", "azure-pack/accounts", api.put_accounts),
        ControlCall("POST", "azure-pack/tokens", api.issue_token),
    )
