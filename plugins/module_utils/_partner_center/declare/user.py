# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What the user asked for, normalised and validated, before the first request.

An option that was left out is not part of a declaration: it is never compared and never sent.
"""

from __future__ import annotations

import typing as t
import unicodedata
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from ansible.module_utils.parsing.convert_bool import boolean

from ..._common.change_reference import reference_of
from ..._common.identifiers import Guid, Upn, guid_key, is_guid, upn_key
from ..._common.plausible import TextKind
from ..._common.problem import Problem, placed
from ..._common.row_options import null_problems, sound
from ..._common.secrets import Secret
from ..._common.text import nfc, shown, unprintable
from ..model.attributes import ATTRIBUTES
from ..model.directory_rules import UPN_LIMITS, password_problems
from ..model.licenses import LicenseDeclaration
from . import wishes
from .countries import country_problem
from .ends import END_SPEC, End, end_of

if t.TYPE_CHECKING:
    from .ownership import Ownership

STATES = ("present", "absent", "restored")
ON_DELETED = ("fail", "restore", "create")
UPDATE_PASSWORD = ("on_create", "always")
ON_NO_SEATS = ("fail", "create_unlicensed")
LIMITS = {attribute.name: attribute.limit for attribute in ATTRIBUTES.values() if attribute.limit is not None}
USER_SPEC: dict[str, dict[str, t.Any]] = {
    "user_id": {"type": "str"},
    "user_principal_name": {"type": "str"},
    "previous_user_principal_name": {"type": "str"},
    **{name: {"type": "str"} for name in ATTRIBUTES},
    "password": {"type": "str", "no_log": True},
    "force_change_password": {"type": "bool", "no_log": False},
    "update_password": {"type": "str", "choices": list(UPDATE_PASSWORD), "default": "on_create", "no_log": False},
    "state": {"type": "str", "choices": list(STATES), "default": "present"},
    "on_deleted": {"type": "str", "choices": list(ON_DELETED), "default": "fail"},
    "allow_synced": {"type": "bool", "default": False},
    "licenses": {"type": "raw"},
    "purge_licenses": {"type": "bool", "default": False},
    "roles": {"type": "raw"},
    "purge_roles": {"type": "bool", "default": False},
    **END_SPEC,
    "change_reference": {"type": "str"},
}
"""The options of one user: those of ``customer_user``, and of a row wherever many users are declared."""
KINDS = {
    "user_id": TextKind.ADDRESS,
    "user_principal_name": TextKind.ADDRESS,
    "previous_user_principal_name": TextKind.ADDRESS,
    "display_name": TextKind.NAME,
    "first_name": TextKind.NAME,
    "last_name": TextKind.NAME,
    "source": TextKind.LOOSE,
    "granted_for": TextKind.LOOSE,
}
"""What texts are for. Users who exist stay addressable however they are named; what a new name may hold is a matter
of the plan."""


@dataclass(frozen=True)
class UserDeclaration:
    """One user, as declared.

    ``attributes`` holds only what was given, the target name (``user_principal_name``) not among it. ``index`` and
    ``source`` say where the row came from. ``licenses`` and ``roles`` are None where they are not managed; an empty
    tuple alone changes nothing, and together with ``purge_licenses`` or ``purge_roles`` takes all away.
    ``removed_licenses`` and ``removed_roles`` are names of what the user must not have. In which form (``asked``) any
    of it was declared does not show here. ``ends`` says what of it ends when; what has ended by now (``plan.ends``) is
    in ``ended_roles`` and ``ended_licenses``, or is all of the user.
    """

    state: str
    user_id: Guid | None = None
    user_principal_name: str | None = None
    previous_user_principal_name: str | None = None
    attributes: t.Mapping[str, str] = field(default_factory=dict)
    password: Secret | None = None
    generate_password: bool = False
    force_change_password: bool | None = None
    update_password: str = "on_create"
    on_deleted: str = "fail"
    allow_synced: bool = False
    licenses: tuple[LicenseDeclaration, ...] | None = None
    purge_licenses: bool = False
    removed_licenses: tuple[str, ...] = ()
    roles: tuple[str, ...] | None = None
    purge_roles: bool = False
    removed_roles: tuple[str, ...] = ()
    index: int = 0
    source: str | None = None
    change_reference: str | None = None
    ownership: Ownership | None = None
    """Which users it may write; None: whoever it finds."""
    ends: tuple[End, ...] = ()
    ended: bool = False
    ended_roles: tuple[str, ...] = ()
    ended_licenses: tuple[str, ...] = ()

    @cached_property
    def key(self) -> Upn | None:
        """Normal form of the target name."""
        return upn_key(self.user_principal_name) if self.user_principal_name else None

    @property
    def own_key(self) -> Upn:
        """The same, of a row that names its user; empty for one that has only an id."""
        return self.key or Upn("")

    @cached_property
    def previous_key(self) -> Upn | None:
        """Normal form of the name before a rename."""
        return upn_key(self.previous_user_principal_name) if self.previous_user_principal_name else None

    @property
    def comes_anew(self) -> bool:
        """Whether somebody new is made where the user of the id is no more."""
        return self.state == "present" and self.on_deleted == "create" and self.key is not None

    @property
    def name(self) -> str:
        """How to call this user in a message."""
        return self.user_principal_name or self.previous_user_principal_name or self.user_id or "?"

    @property
    def manages_licenses(self) -> bool:
        """Whether the user's licences may have to change."""
        return (
            self.state != "absent"
            and self.licenses is not None
            and bool(self.licenses or self.purge_licenses or self.removed_licenses or self.ended_licenses)
        )

    @property
    def manages_roles(self) -> bool:
        """Whether the user's directory roles may have to change."""
        return (
            self.state != "absent"
            and self.roles is not None
            and bool(self.roles or self.purge_roles or self.removed_roles or self.ended_roles)
        )

    @property
    def may_lose_access(self) -> bool:
        """Whether the user may be deleted or lose a directory role, which the acting identity never does to itself."""
        return bool(self.state == "absent" or self.purge_roles or self.removed_roles or self.ends)

    @property
    def may_be_deleted(self) -> bool:
        """Whether it is declared absent, or may have ended."""
        return self.state == "absent" or any(end.what == "user" for end in self.ends)

    @property
    def has_password(self) -> bool:
        """Whether a password is given or may be generated."""
        return self.password is not None or self.generate_password


def declare_user(
    params: t.Mapping[str, t.Any],
    *,
    credentials_file: bool,
    raw: t.Mapping[str, t.Any] | None = None,
    index: int = 0,
    source: str | None = None,
) -> tuple[UserDeclaration, list[Problem]]:
    """Validate and normalise the options of one user.

    :param params: values after the argument spec (None = not given).
    :param credentials_file: whether generated passwords have somewhere to go.
    :param raw: the options as they were written, before the argument spec: a null and a boolean in place of a text show
        only there.
    :returns: the declaration, and every problem; the declaration is only to be used when there is none.
    """
    given = params if raw is None else raw
    problems = null_problems(raw or {}, USER_SPEC)
    kept, found = sound(given, USER_SPEC, KINDS)
    problems += found
    if found:
        params = {name: params.get(name) if name in kept or name not in given else None for name in USER_SPEC}
    state = params.get("state") or "present"
    user_id = _guid(params, "user_id", problems)
    upn = _upn(params, "user_principal_name", problems)
    previous = _upn(params, "previous_user_principal_name", problems)
    attributes = {}
    for name in ATTRIBUTES:
        if name != "user_principal_name" and params.get(name) is not None:
            attributes[name] = _attribute(name, str(params[name]), problems)
    password = _password(params.get("password"), problems)
    force = params.get("force_change_password")
    update = params.get("update_password") or "on_create"
    generate = credentials_file and password is None

    # What was refused above, or is null, is not missing as well.
    named = [name for name in ("user_id", "user_principal_name") if name in given]
    if not upn and not user_id and not any(raw is not None or given[name] is not None for name in named):
        problems.append(Problem("The user is missing. Specify user_principal_name or user_id.", "user_missing"))
    if previous and user_id:
        said = "previous_user_principal_name and user_id are mutually exclusive: user_id already names the user."
        problems.append(Problem(said, "contradiction"))
    if previous and not upn:
        said = "needs user_principal_name, the new name."
        problems.append(Problem.about("previous_user_principal_name", said, "name_missing"))
    if previous and upn and upn_key(previous) == upn_key(upn):
        said = "previous_user_principal_name and user_principal_name are the same name."
        problems.append(Problem(said, "contradiction"))
    if previous and state == "absent":
        said = "is not for state absent: specify the user to delete with user_principal_name or user_id."
        problems.append(Problem.about("previous_user_principal_name", said, "contradiction"))
    if state != "absent" and not (password or generate):
        if force is not None:
            said = "takes effect only with a new password; set password or credentials_file."
            problems.append(Problem.about("force_change_password", said, "password_missing"))
        if update == "always":
            said = "update_password: always needs password or credentials_file."
            problems.append(Problem(said, "password_missing", option="update_password"))

    ends: list[End] = []
    whole = end_of(given, "user", problems)
    ends += [whole] if whole else []
    reason = " ".join(nfc(str(given.get("granted_for") or "")).split())
    licenses = wishes.licenses(params.get("licenses"), bool(params.get("purge_licenses")), problems, reason, ends)
    roles = wishes.roles(params.get("roles"), bool(params.get("purge_roles")), problems, reason, ends)
    if previous and whole and state != "absent":
        said = "and the end of a user are mutually exclusive. Rename in a separate run first."
        problems.append(Problem.about("previous_user_principal_name", said, "contradiction"))
    declaration = UserDeclaration(
        state=state,
        user_id=user_id,
        user_principal_name=upn,
        previous_user_principal_name=previous,
        attributes=attributes,
        password=password,
        generate_password=generate,
        force_change_password=force,
        update_password=update,
        on_deleted=params.get("on_deleted") or "fail",
        allow_synced=bool(params.get("allow_synced")),
        licenses=licenses.give,
        purge_licenses=licenses.exact,
        removed_licenses=licenses.take,
        roles=roles.give,
        purge_roles=roles.exact,
        removed_roles=roles.take,
        index=index,
        source=source,
        ends=() if state == "absent" else tuple(ends),
        change_reference=reference_of(params.get("change_reference"), problems),
    )
    return declaration, [placed("", problem) for problem in problems]


def purge_problems(given: t.Mapping[str, t.Any]) -> list[str]:
    """What one user's own options say about taking away without saying what is to stay; not for options that are common
    to many users."""
    return [
        Problem.about(f"purge_{name}", f"needs {name}, the list to keep. An empty list removes all.", "list_missing")
        for name in ("licenses", "roles")
        if boolean(given.get(f"purge_{name}") or False, strict=False) and given.get(name) is None
    ]


def _guid(params: t.Mapping[str, t.Any], name: str, problems: list[str]) -> Guid | None:
    value = params.get(name)
    if value is None:
        return None
    text = guid_key(value)
    if not is_guid(text):
        problems.append(Problem.about(name, f"{shown(str(value))} is not a GUID.", "not_a_guid"))
    return text


def _upn(params: t.Mapping[str, t.Any], name: str, problems: list[str]) -> str | None:
    value = params.get(name)
    if value is None:
        return None
    text = nfc(str(value).strip())
    for problem in _upn_problems(text):
        problems.append(Problem.about(name, f"{shown(str(value))} {problem}.", "not_a_name"))
    return text


def _upn_problems(text: str) -> list[str]:
    if not text:
        return ["is empty"]
    # A space is the only printable character of these.
    if (" " in text or not text.isprintable()) and (
        unprintable(text) or any(char.isspace() or unicodedata.category(char) == "Cf" for char in text)
    ):
        return ["holds white space, control characters or invisible characters"]
    local, at, domain = text.rpartition("@")
    if not at or not domain:
        return ["has no domain; a user principal name looks like user@domain"]
    if not local or "@" in local:
        return ["is not of the form user@domain"]
    problems = []
    if len(local) > UPN_LIMITS[0]:
        problems.append(f"has {len(local)} characters before the @, {UPN_LIMITS[0]} are allowed")
    if len(domain) > UPN_LIMITS[1]:
        problems.append(f"has {len(domain)} characters after the @, {UPN_LIMITS[1]} are allowed")
    return problems or [f"has a domain that {problem}" for problem in _domain_problems(domain)]


@lru_cache(maxsize=1024)
def _domain_problems(domain: str) -> tuple[str, ...]:
    """Domains are few, and users many."""
    labels = domain.split(".")
    if not domain or len(labels) < 2 or len(domain) > 253:
        return ("is not a full domain name",)
    for label in labels:
        if not label or len(label) > 63 or label.startswith("-") or label.endswith("-"):
            return ("is not a valid domain name",)
        if not all(char.isalnum() or char == "-" for char in label):
            return ("holds characters that a domain name cannot have",)
    return ()


def _attribute(name: str, value: str, problems: list[str]) -> str:
    text = nfc(value.strip()) if name != "immutable_id" else value.strip()
    if not text and ATTRIBUTES[name].clearable:
        return text
    if not text:
        said = "is empty, and Partner Center cannot clear it; omit the option (in a template: default(omit, true))."
        problems.append(Problem.about(name, said, "empty"))
    elif unprintable(text):
        problems.append(Problem.about(name, f"{shown(value)} holds control characters.", "control_characters"))
    elif name == "usage_location":
        text = text.upper()
        problems += filter(None, [country_problem(value)])
    elif len(text) > LIMITS[name]:
        said = f"has {len(text)} characters, {LIMITS[name]} are allowed."
        problems.append(Problem.about(name, said, "too_long"))
    return text


def _password(value: t.Any, problems: list[str]) -> Secret | None:
    """The password; refused here for what the directory would refuse, whoever it is for."""
    if value is None:
        return None
    problems += [
        Problem.about("password", f"{problem}.", "password_not_allowed") for problem in password_problems(str(value))
    ]
    return Secret(str(value))
