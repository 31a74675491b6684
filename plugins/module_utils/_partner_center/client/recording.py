# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Records what was sent to Partner Center and what came back, so that somebody can send what happened: one JSON object
a line, without tokens and passwords, and with stand-ins for ids, names and domains.

What is kept is on a list; everything else is replaced. So a member that nobody has thought of cannot betray anybody.
"""

from __future__ import annotations

import errno
import json
import os
import stat
import threading
import time
import typing as t
import uuid
from urllib.parse import parse_qsl, quote, unquote, urlencode

from ..._common.errors import OptionError
from ..._common.files import NotPlain, opened, reason
from ..._common.foreign import parse_json
from ..._common.pseudonyms import MASK, Pseudonyms

FORMAT = "tenantops.partner_center.traffic"
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
_PATH_WORDS = frozenset(
    """customers users directoryroles usermembers licenses licenseupdates subscribedskus resetpassword customdomains
    profiles company billing auditrecords domains validations v1""".split()
)
_PARAMETERS = frozenset("size seekoperation sortfield sortdirection licensegroupids startdate enddate".split())
_STATES = frozenset(("active", "inactive"))
_HEADERS = frozenset("accept content-type content-length date retry-after x-locale validatemfa ismfacompliant".split())
_IDS = frozenset(("ms-requestid", "ms-correlationid"))


class Replacing:
    """Exchanges with stand-ins for whatever is somebody's own; the same one for the same, as long as this lives."""

    def __init__(self) -> None:
        self._names = Pseudonyms()

    def record(
        self, method: str, path: str, query: t.Any, headers: t.Mapping[str, str], body: t.Any, answer: t.Any
    ) -> dict[str, t.Any]:
        """One exchange as it can be shown. :param answer: the requests.Response, or the exception in its place."""
        record: dict[str, t.Any] = {
            "method": method,
            "path": self._path_of(path),
            "query": self._query(query),
            "headers": self._headers(headers),
            "body": self._value(body, path=path),
        }
        if isinstance(answer, BaseException):
            record["error"] = type(answer).__name__
            return record
        record["status"] = answer.status_code
        record["answer_headers"] = self._headers(answer.headers)
        record.update(self._answer(answer, path))
        return record

    def _answer(self, answer: t.Any, path: str) -> dict[str, t.Any]:
        content = answer.content or b""
        if not content:
            return {"answer": None, "mark": False}
        try:
            value = parse_json(content)
        except ValueError:
            # A page of a proxy names the network that it stands in.
            return {"unreadable_bytes": len(content)}
        return {"answer": self._value(value, path=path), "mark": content.startswith(b"\xef\xbb\xbf")}

    def _value(self, value: t.Any, name: str = "", path: str = "", public: bool = False) -> t.Any:
        """A JSON value as it is recorded. :param name: of the member; public: inside of what everybody has."""
        known = name.lower()
        if isinstance(value, dict):
            return self._object(value, public or known in _PUBLIC)
        if isinstance(value, list):
            inner = name or ("customDomains" if path.lower().endswith("/customdomains") else "")
            return [self._value(each, inner, public=public or known in _PUBLIC) for each in value]
        if value is None or isinstance(value, bool) or (known in _KEPT and len(str(value)) <= 100):
            return value
        if known in _SECRET:
            return MASK if known == "password" else self._names.text(f"token {value}")
        if public and known in ("", "id", "name", "displayname", *_PUBLIC):
            return value
        if not isinstance(value, str):
            return 0
        if known in _WORDS:
            return self._names.words(value)
        if known == "uri":
            return self._uri(value)
        if known in _DOMAINS:
            return self._names.domain(value)
        if known in _JSON:
            return self._nested(value)
        return self._names.text(value)

    def _object(self, value: dict[str, t.Any], public: bool) -> dict[str, t.Any]:
        attributes = value.get("attributes")
        public = public or (isinstance(attributes, dict) and attributes.get("objectType") == "DirectoryRole")
        names = {str(each).lower(): each for each in value}
        if {"key", "value"} == set(names):  # a header of a link, or something about an audit record
            return {
                names["key"]: value[names["key"]],
                names["value"]: self._names.text(str(value[names["value"]] or "")),
            }
        if "passwordprofile" in names and not isinstance(value[names["passwordprofile"]], dict):
            return {
                **self._object({k: v for k, v in value.items() if k != names["passwordprofile"]}, public),
                names["passwordprofile"]: MASK,
            }
        return {_plain(each): self._value(inner, str(each), public=public) for each, inner in value.items()}

    def _nested(self, value: str) -> str:
        try:
            return json.dumps(self._value(json.loads(value)))
        except (ValueError, RecursionError):
            return MASK

    def _path_of(self, path: str) -> str:
        segments = [unquote(segment) for segment in path.split("/")]
        found = []
        for index, segment in enumerate(segments):
            before = segments[index - 1].lower() if index else ""
            if not segment or segment.lower() in _PATH_WORDS or before == "directoryroles":
                found.append(segment)
            else:
                found.append(self._names.domain(segment) if before == "domains" else self._names.text(segment))
        return "/".join(quote(segment, safe="@.-_~") for segment in found)

    def _uri(self, uri: str) -> str:
        path, _mark, query = uri.partition("?")
        pairs = self._query(parse_qsl(query, keep_blank_values=True))
        return self._path_of(path) + (f"?{urlencode([(pair[0], pair[1]) for pair in pairs])}" if pairs else "")

    def _query(self, query: t.Any) -> list[list[str]]:
        """Pairs. Of a filter the value is replaced, unless it is a state."""
        pairs: list[list[str]] = []
        for name, value in query.items() if isinstance(query, dict) else query or ():
            for each in value if isinstance(value, (list, tuple)) else (value,):
                pairs.append([_plain(name), self._parameter(str(name).lower(), str(each))])
        return pairs

    def _parameter(self, name: str, value: str) -> str:
        if name in _PARAMETERS:
            return value
        if name != "filter":
            return self._names.text(value)
        try:
            asked = json.loads(value)
            stays = asked["Field"] in ("UserState", "UserStatus") and str(asked["Value"]).lower() in _STATES
            kind = self._names.domain if asked["Field"] == "Domain" else self._names.text
            return json.dumps({**asked, "Value": asked["Value"] if stays else kind(str(asked["Value"]))})
        except (ValueError, KeyError, TypeError):
            return MASK

    def _headers(self, headers: t.Mapping[str, str]) -> dict[str, str]:
        """All by name; the values of those that say nothing about anybody."""
        found = {}
        for name, value in headers.items():
            known = name.lower()
            if known in _IDS:
                found[name] = self._names.text(str(value))
            elif known == "ms-continuationtoken":
                found[name] = self._names.text(str(value))
            else:
                found[name] = str(value)[:200] if known in _HEADERS else MASK
        return found


class Recording(Replacing):
    """A file that takes exchanges.

    :raises OptionError: something lies at the path that is no recording, or it cannot be written.
    """

    def __init__(self, path: str) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._begun = time.monotonic()
        self._task = str(uuid.uuid4())
        self._path = path
        self._claim()

    def _claim(self) -> None:
        """Begin the file, or find that what is there was written by this."""
        try:
            descriptor = opened(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                status = os.fstat(descriptor)
                if not stat.S_ISREG(status.st_mode):
                    raise NotPlain(errno.EINVAL, "no file")
                head = os.pread(descriptor, 4096, 0).split(b"\n")[0]
                if head and not _is_ours(head):
                    raise OptionError([f"record_traffic {self._path!r} is a file of another kind and was not changed."])
                os.fchmod(descriptor, 0o600)
                if not head:
                    os.write(descriptor, json.dumps({"format": FORMAT, "version": 1}).encode() + b"\n")
            finally:
                os.close(descriptor)
        except OSError as exc:
            raise OptionError([f"record_traffic {self._path!r} cannot be written: {reason(exc)}."]) from None

    def exchange(
        self, method: str, path: str, query: t.Any, headers: t.Mapping[str, str], body: t.Any, answer: t.Any
    ) -> None:
        """Add one exchange. :param answer: the requests.Response, or the exception in its place.

        Whatever cannot be recorded, and a disk that is full, ends the recording of this exchange and not the run: a
        write may just have been carried out.
        """
        try:
            record = self.record(method, path, query, headers, body, answer)
        except Exception as exc:
            record = {"method": method, "unrecorded": type(exc).__name__}
        record.update(task=self._task, seconds=round(time.monotonic() - self._begun, 3))
        line = json.dumps(record, ensure_ascii=True, sort_keys=True).encode() + b"\n"
        try:
            with self._lock:
                descriptor = opened(self._path, os.O_WRONLY | os.O_APPEND)
                try:
                    os.write(descriptor, line)
                finally:
                    os.close(descriptor)
        except OSError:
            return


def _plain(name: t.Any) -> str:
    """A name of a member or a parameter, if it can be one: a value in its place is replaced."""
    text = str(name)
    return text if text.isascii() and text.replace("_", "").replace("-", "").isalnum() and len(text) <= 40 else MASK


def _is_ours(head: bytes) -> bool:
    try:
        found = json.loads(head)
    except ValueError:
        return False
    return isinstance(found, dict) and found.get("format") == FORMAT
