"""A request as handlers see it: ids checked, names without case, the customer already found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from emulator.kernel.json_reading import decode_json, fold_names
from emulator.kernel.notes import Notes
from emulator.partner_center import errors
from emulator.partner_center.customer_store import Customer

if TYPE_CHECKING:
    from emulator.kernel.core import Core


@dataclass
class ApiRequest:
    core: Core
    method: str
    path: str
    """Decoded, without /v1, without a trailing slash, for comparisons: `customers/{id}/users`."""
    link_path: str
    """The path as it was sent, still encoded, without /v1: where links lead."""
    query_text: str
    """As it was sent."""
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes
    notes: Notes
    params: dict[str, str] = field(default_factory=dict)
    identity: Any = None
    customer_record: Customer | None = None
    _query: list[tuple[str, str]] | None = None

    @property
    def customer(self) -> Customer:
        if self.customer_record is None:
            raise LookupError("this route has no customer")
        return self.customer_record

    def query(self, name: str) -> str | None:
        """The first value of a parameter, its name compared without case; `+` is a space."""
        values = self.query_all(name)
        return values[0] if values else None

    def query_all(self, name: str) -> list[str]:
        if self._query is None:
            pairs = parse_qsl(self.query_text, keep_blank_values=True)
            self._query = [(each.lower(), value) for each, value in pairs]
        return [value for each, value in self._query if each == name.lower()]

    def json_object(self) -> dict[str, Any]:
        """The body with member names in lower case; anything but a JSON object is a refusal."""
        try:
            value = decode_json(self.body, unquoted_names=self.core.switches.unquoted_names)
        except (ValueError, RecursionError):
            raise errors.invalid_input("the body is not valid JSON.") from None
        if not isinstance(value, dict):
            raise errors.invalid_input("the body is not a JSON object.")
        return fold_names(value)


def split_path(path: str) -> list[str] | None:
    """The segments after `/v1` (any case), each without white space around it; None when the path does not begin with
    it.

    Empty segments are dropped, so a trailing slash (the SDK's create sends one) makes no difference.
    """
    segments = [each.strip() for each in path.split("/")]
    segments = [each for each in segments if each]
    if not segments or segments[0].lower() != "v1":
        return None
    return segments[1:]


def path_without_version(raw_path: str) -> str:
    """`/customers/x` of `/V1//customers/%20x/`, still encoded: links have one slash between two segments, whatever the
    request had."""
    segments = [each.removeprefix("%20").removesuffix("%20") for each in raw_path.split("/")]
    segments = [each for each in segments if each]
    if segments and segments[0].lower() == "v1":
        del segments[0]
    return "/" + "/".join(segments)
