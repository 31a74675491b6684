# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What was sent to Partner Center and what came back, as a recording shows it: without tokens and passwords, and with
stand-ins for ids, names and domains."""

from __future__ import annotations

import json
import typing as t
from urllib.parse import parse_qsl, urlencode

from ..._common.identifiers import is_guid
from ..._common.pseudonyms import MASK
from ..._common.traffic.dialect import LONGEST, Dialect, plain

_KEPT = frozenset(
    """code statuscode source totalcount availableunits activeunits consumedunits suspendedunits totalunits warningunits
    state userdomaintype usagelocation objecttype method capabilitystatus targettype licensegroupid skupartnumber
    servicename forcechangepassword relationshiptopartner allowdelegatedaccess operationtype operationstatus
    resourcetype softdeletiontime lastdirectorysynctime operationdate operator field skuid roleid ismfacompliant culture
    language country""".split()
)
"""Members whose values are the service's own, or say nothing about anybody; in lower case."""
_WORDS = frozenset(("description", "message", "data"))
_DOMAINS = frozenset(("domain", "customdomains", "defaultdomainname"))
_SECRET = frozenset(("password", "continuationtoken"))
_PUBLIC = frozenset(("productsku", "serviceplans", "licensestoremove", "excludedplans"))
"""Members that hold products and plans, which are the same for everybody."""
_JSON = frozenset(("resourcenewvalue", "resourceoldvalue"))
_PUBLIC_KEYS = frozenset(("roleid", "addedlicenseskuid", "removedlicenseskuid"))
_KEYS = frozenset(("ms-continuationtoken", "ms-requestid", "ms-correlationid", "customeruserid", *_PUBLIC_KEYS))
"""Names of headers of links, and of what an audit record is about."""
_STATES = frozenset(("active", "inactive"))


class PartnerCenterTraffic(Dialect):
    """Exchanges with the Partner Center API."""

    SERVICE = "partner_center"
    WORDS = frozenset(
        """customers users directoryroles usermembers licenses licenseupdates subscribedskus resetpassword customdomains
        profiles company billing auditrecords domains validations v1""".split()
    )
    PARAMETERS = frozenset("size seekoperation sortfield sortdirection licensegroupids startdate enddate".split())

    def sent(self, body: t.Any, path: str) -> t.Any:
        """A body without whatever is somebody's own."""
        return self._value(body, path=path)

    def received(self, value: t.Any, path: str) -> t.Any:
        """The same for an answer."""
        return self._value(value, path=path)

    def _value(self, value: t.Any, name: str = "", path: str = "", public: bool = False) -> t.Any:
        """A JSON value as it is recorded. :param name: of the member; public: inside of what everybody has."""
        known = name.lower()
        if isinstance(value, dict):
            return self._object(value, public or known in _PUBLIC)
        if isinstance(value, list):
            inner = name or ("customDomains" if path.lower().endswith("/customdomains") else "")
            return [self._value(each, inner, public=public or known in _PUBLIC) for each in value]
        if value is None or isinstance(value, bool) or (known in _KEPT and len(str(value)) <= LONGEST):
            return value
        if known in _SECRET:
            return MASK if known == "password" else self.names.text(f"token {value}")
        if public and known in ("", "id", "name", "displayname", *_PUBLIC):
            return value
        if not isinstance(value, str):
            return 0
        if known in _WORDS:
            return self.names.words(value)
        if known == "uri":
            return self._uri(value)
        if known in _DOMAINS:
            return self.names.domain(value)
        if known in _JSON:
            return self._nested(value)
        return self.names.text(value)

    def _object(self, value: dict[str, t.Any], public: bool) -> dict[str, t.Any]:
        attributes = value.get("attributes")
        public = public or (isinstance(attributes, dict) and attributes.get("objectType") == "DirectoryRole")
        names = {str(each).lower(): each for each in value}
        if {"key", "value"} == set(names):  # a header of a link, or something about an audit record
            key, text = str(value[names["key"]]), str(value[names["value"]] or "")
            stays = key.lower() in _PUBLIC_KEYS and is_guid(text)
            return {
                names["key"]: key if key.lower() in _KEYS else self.names.text(key),
                names["value"]: text if stays else self.names.text(text),
            }
        if "passwordprofile" in names and not isinstance(value[names["passwordprofile"]], dict):
            return {
                **self._object({k: v for k, v in value.items() if k != names["passwordprofile"]}, public),
                names["passwordprofile"]: MASK,
            }
        return {plain(each): self._value(inner, str(each), public=public) for each, inner in value.items()}

    def _nested(self, value: str) -> str:
        try:
            return json.dumps(self._value(json.loads(value)))
        except (ValueError, RecursionError):
            return MASK

    def segment(self, segment: str, before: t.Sequence[str]) -> str:
        """Roles are everybody's; behind ``domains`` there is one."""
        last = before[-1].lower() if before else ""
        if last == "directoryroles":
            return segment
        return self.names.domain(segment) if last == "domains" else self.names.text(segment)

    def _uri(self, uri: str) -> str:
        path, _mark, query = uri.partition("?")
        pairs = self.query_of(parse_qsl(query, keep_blank_values=True))
        return self.path_of(path) + (f"?{urlencode([(pair[0], pair[1]) for pair in pairs])}" if pairs else "")

    def parameter(self, name: str, value: str) -> str:
        """Of a filter the value is replaced, unless it is a state."""
        if name != "filter":
            return super().parameter(name, value)
        try:
            asked = json.loads(value)
            stays = asked["Field"] in ("UserState", "UserStatus") and str(asked["Value"]).lower() in _STATES
            kind = self.names.domain if asked["Field"] == "Domain" else self.names.text
            own = {name: plain(text) for name, text in asked.items() if name in ("Field", "Operator")}
            return json.dumps({**own, "Value": asked["Value"] if stays else kind(str(asked["Value"]))})
        except (ValueError, KeyError, TypeError):
            return MASK
