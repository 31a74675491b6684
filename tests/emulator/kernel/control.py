"""The control port: plain HTTP, for tests and for people who rehearse. Never faulted, never logged."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from emulator.azure_pack import control as azure_pack_control
from emulator.entra import control as sign_in_control
from emulator.kernel import passwords
from emulator.kernel.clock import format_time, parse_time
from emulator.kernel.identifiers import guid_or_none
from emulator.partner_center import assignment_seed
from emulator.partner_center.customer_store import Customer
from emulator.partner_center.seed import customer_users, load_customers, load_users

if TYPE_CHECKING:
    from emulator.kernel.core import Core


class BadCall(ValueError):
    """The call cannot be understood; the message goes back with a 400."""


class NotThere(LookupError):
    """What the path names does not exist."""


class ControlApi:
    """One method per row of the table in README.md."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def health(self, _request: Request, _body: Any) -> Any:
        return {"status": "ok"}

    def reset(self, _request: Request, body: Any) -> Any:
        self._core.reset((body or {}).get("seed"))
        return {"status": "ok"}

    def read_log(self, request: Request, _body: Any) -> Any:
        return {"entries": self._core.log.since(int(request.query_params.get("since", 0)))}

    def clear_log(self, _request: Request, _body: Any) -> Any:
        self._core.log.clear()
        return {"status": "ok"}

    def read_clock(self, _request: Request, _body: Any) -> Any:
        return {"now": format_time(self._core.clock.timestamp()), "offset_seconds": self._core.clock.offset_seconds}

    def move_clock(self, request: Request, body: Any) -> Any:
        if not isinstance(body, dict) or len(body) != 1 or not set(body) <= {"advance", "set"}:
            raise BadCall('the clock takes {"advance": seconds} or {"set": "2027-01-01T00:00:00Z"}')
        if "advance" in body:
            self._core.clock.advance(float(body["advance"]))
        else:
            self._core.clock.set(parse_time(body["set"]))
        self._core.move_clock()
        return self.read_clock(request, None)

    def read_switches(self, _request: Request, _body: Any) -> Any:
        return self._core.switches.as_dict()

    def set_switches(self, _request: Request, body: Any) -> Any:
        if not isinstance(body, dict):
            raise BadCall("switches are an object: {name: value}")
        self._core.set_switches(body)
        return self._core.switches.as_dict()

    def read_faults(self, _request: Request, _body: Any) -> Any:
        return {"rules": [rule.as_dict() for rule in self._core.faults.rules]}

    def add_faults(self, request: Request, body: Any) -> Any:
        self._core.faults.add(body)
        return self.read_faults(request, None)

    def clear_faults(self, _request: Request, _body: Any) -> Any:
        self._core.faults.clear()
        return {"status": "ok"}

    def put_customers(self, _request: Request, body: Any) -> Any:
        return {"ids": load_customers(self._core.store, body, self._core.clock.now())}

    def put_users(self, request: Request, body: Any) -> Any:
        return {"ids": load_users(self._core.store, self._customer_id(request), body, self._core.clock.now())}

    def read_users(self, request: Request, _body: Any) -> Any:
        self._core.store.users.purge(self._core.clock.timestamp())
        return {"users": customer_users(self._core.store, self._customer_id(request))}

    def read_skus(self, request: Request, _body: Any) -> Any:
        return {
            "skus": [
                assignment_seed.sku_to_document(sku)
                for sku in self._core.store.licenses.skus(self._customer_id(request))
            ]
        }

    def put_skus(self, request: Request, body: Any) -> Any:
        return {"ids": assignment_seed.put_skus(self._core.store, self._customer_id(request), body)}

    def read_gdap_roles(self, request: Request, _body: Any) -> Any:
        granted = self._customer(request).gdap_roles
        return {"roles": None if granted is None else assignment_seed.role_names(granted)}

    def set_gdap_roles(self, request: Request, body: Any) -> Any:
        if not isinstance(body, dict) or set(body) != {"roles"}:
            raise BadCall('the call takes {"roles": [name or id, ...]} or {"roles": null} for all')
        customer = self._customer(request)
        roles = None if body["roles"] is None else assignment_seed.read_roles(body["roles"], "roles")
        customer.details = {**customer.details, "gdap_roles": roles}
        self._core.store.customers.put(customer)
        return self.read_gdap_roles(request, None)

    def check_password(self, _request: Request, body: Any) -> Any:
        user = self._core.store.users.get(guid_or_none(body["customer_id"]) or "", guid_or_none(body["user_id"]) or "")
        if user is None:
            raise NotThere("no such user")
        return {"matches": passwords.matches(body["password"], user.password_hash), "force_change": user.force_change}

    def issue_token(self, _request: Request, body: Any) -> Any:
        wanted = body or {}
        token = self._core.tokens.issue_custom(
            wanted.get("claims"),
            expires_in=int(wanted.get("expires_in", 3600)),
            app_only=bool(wanted.get("app_only", False)),
        )
        return {"access_token": token, "token_type": "Bearer", "expires_in": int(wanted.get("expires_in", 3600))}

    def _customer_id(self, request: Request) -> str:
        return self._customer(request).id

    def _customer(self, request: Request) -> Customer:
        customer = self._core.store.customers.get(guid_or_none(request.path_params["customer_id"]) or "")
        if customer is None:
            raise NotThere("no such customer")
        return customer


def create_app(core: Core) -> Starlette:
    api = ControlApi(core)
    return Starlette(
        routes=[
            Route("/health", _endpoint(api.health), methods=["GET"]),
            Route("/reset", _endpoint(api.reset), methods=["POST"]),
            Route("/log", _endpoint(api.read_log), methods=["GET"]),
            Route("/log", _endpoint(api.clear_log), methods=["DELETE"]),
            Route("/clock", _endpoint(api.read_clock), methods=["GET"]),
            Route("/clock", _endpoint(api.move_clock), methods=["POST"]),
            Route("/switches", _endpoint(api.read_switches), methods=["GET"]),
            Route("/switches", _endpoint(api.set_switches), methods=["POST"]),
            Route("/faults", _endpoint(api.read_faults), methods=["GET"]),
            Route("/faults", _endpoint(api.add_faults), methods=["POST"]),
            Route("/faults", _endpoint(api.clear_faults), methods=["DELETE"]),
            Route("/customers", _endpoint(api.put_customers), methods=["POST"]),
            Route("/customers/{customer_id}/users", _endpoint(api.read_users), methods=["GET"]),
            Route("/customers/{customer_id}/users", _endpoint(api.put_users), methods=["POST"]),
            Route("/customers/{customer_id}/skus", _endpoint(api.read_skus), methods=["GET"]),
            Route("/customers/{customer_id}/skus", _endpoint(api.put_skus), methods=["POST"]),
            Route("/customers/{customer_id}/gdap-roles", _endpoint(api.read_gdap_roles), methods=["GET"]),
            Route("/customers/{customer_id}/gdap-roles", _endpoint(api.set_gdap_roles), methods=["POST"]),
            Route("/check-password", _endpoint(api.check_password), methods=["POST"]),
            Route("/tokens", _endpoint(api.issue_token), methods=["POST"]),
            *(
                Route(path, _endpoint(_sign_in_call(core, function)), methods=[method])
                for method, path, function in sign_in_control.CALLS
            ),
            *azure_pack_control.routes(core, _endpoint),
        ]
    )


def _sign_in_call(core: Core, function: Callable[[Core, Any], Any]) -> Callable[[Request, Any], Any]:
    return lambda _request, body: function(core, body)


def _endpoint(handler: Callable[[Request, Any], Any]) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        raw = await request.body()
        try:
            body = json.loads(raw) if raw else None
            return JSONResponse(handler(request, body))
        except (NotThere, azure_pack_control.NoSuch) as error:
            return JSONResponse({"error": str(error)}, status_code=404)
        except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
            # A control call is written by hand: whatever is wrong with it, the caller should read what.
            return JSONResponse({"error": f"{type(error).__name__}: {error}"}, status_code=400)

    return answer
