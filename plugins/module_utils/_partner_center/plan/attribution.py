# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Who made a user differ from its declaration, as far as the audit records tell. Pure.

Records are of what the partner did, come late, and are kept for 90 days; what an administrator of the customer does has
none. So somebody is named only if the last record about a value says that it made the value that is there now. What any
later record contradicts, or could contradict, is unknown.
"""

from __future__ import annotations

import enum
import typing as t
from dataclasses import dataclass

from ..model.attributes import ATTRIBUTES, same_value
from ..model.audit_records import AuditRecord
from ..model.licenses import LicenseChange
from ..model.roles import Role
from ..model.users import User
from .operations import Operation, RowPlan
from .snapshot import Snapshot

NO_RECORD = "no_record"
"""No record says who made it so."""
CHANGED_SINCE = "changed_since"
"""The last record about it says that it was made something else: somebody has changed it after that."""
AMBIGUOUS = "ambiguous"
"""There are records that may be about it, and it cannot be told which one made it so."""
ACTIVE, DELETED = "active", "deleted"
_USER_CHANGES = ("updatecustomeruser", "updatecustomeruserprincipalname")
_CREATE, _RESTORE, _DELETE = "createcustomeruser", "restorecustomeruser", "deletecustomeruser"
_RESET = "resetcustomeruserpassword"
_LICENSES = "updatecustomeruserlicenses"
_ADD, _REMOVE = "addusermember", "removeusermember"
_KNOWN = (*_USER_CHANGES, _CREATE, _RESTORE, _DELETE, _RESET, _LICENSES, _ADD, _REMOVE)


@dataclass(frozen=True)
class Question:
    """Something about a user that is not as declared.

    :param key: how it is called in the result: ``state``, a field, ``licenses.SKU`` or ``roles.NAME``.
    :param kind: ``attribute``, ``license``, ``role`` or ``state``.
    :param name: the user's principal name, in normal form. It is what tells the user where there is no id.
    :param value: what is found: the value of an attribute, the state, or whether the user has the license or role.
    :param target: the attribute, or the id of the SKU or of the role.
    """

    key: str
    kind: str
    user_id: str | None
    name: str | None
    value: t.Any
    target: str = ""


@dataclass(frozen=True)
class Answer:
    """The record that made it so; or why there is none."""

    record: AuditRecord | None = None
    reason: str | None = None


class _Effect(enum.Enum):
    NONE = "it is about another change"
    SETS = "it set the current value"
    OTHER = "it set, or shows, another value"
    UNCLEAR = "it may have set it"


def questions(row: RowPlan, snapshot: Snapshot | None = None) -> list[Question]:
    """What there is to ask about a row that is not as declared, in the order of its operations."""
    found: dict[str, Question] = {}
    gone = row.candidates if row.refusal and len(row.candidates) == 1 and row.candidates[0].state == DELETED else ()
    for user in gone:
        found["state"] = Question("state", "state", user.id, user.key, DELETED)
    for operation in row.operations:
        for question in _of_operation(operation, row, snapshot):
            found.setdefault(question.key, question)
        if operation.action in ("create", "restore", "delete"):
            break  # what follows is about a user who is not there now
    return list(found.values())


def _of_operation(operation: Operation, row: RowPlan, snapshot: Snapshot | None) -> t.Iterator[Question]:
    user = row.before
    user_id = user.id if user else None
    name = user.key if user else row.row.key
    if operation.action == "create":
        yield Question("state", "state", None, name, DELETED)
    elif operation.action in ("restore", "delete"):
        yield Question("state", "state", user_id, name, DELETED if operation.action == "restore" else ACTIVE)
    elif isinstance(operation.target, LicenseChange):
        change = operation.target
        for sku_id, held in [*((sku, False) for sku in change.new), *((sku, True) for sku in change.remove)]:
            sku = snapshot.sku(sku_id) if snapshot else None
            yield Question(f"licenses.{sku.part_number if sku else sku_id}", "license", user_id, name, held, sku_id)
    elif isinstance(operation.target, Role):
        held = operation.action == "remove_role"
        yield Question(f"roles.{operation.target.name}", "role", user_id, name, held, operation.target.id)
    elif operation.action in ("update", "rename"):
        for field in operation.fields:
            if field in ATTRIBUTES and user is not None:
                yield Question(field, "attribute", user_id, name, _text(user, field), field)


def _text(user: User, field: str) -> str:
    return str(getattr(user, field) or "")


def attribute(question: Question, customer_id: str, records: t.Iterable[AuditRecord]) -> Answer:
    """Who made it so.

    :param records: in any order, also of other customers and users, and some of them twice.
    """
    of_customer = [record for record in records if record.customer_id == customer_id]
    named = {name for record in of_customer if record.user_ids == {question.user_id} for name in record.names}
    names = named | ({question.name} if question.name else set())
    namesakes = {user_id for record in of_customer if record.names & names for user_id in record.user_ids}
    made: list[AuditRecord] = []
    others: list[tuple[AuditRecord, _Effect]] = []
    for record in of_customer:
        about = _is_about(record, question, names, namesakes)
        if about is False:
            continue
        effect = _effect(record, question)
        if about is None and effect is not _Effect.NONE:
            effect = _Effect.UNCLEAR
        if effect is _Effect.SETS:
            made.append(record)
        elif effect is not _Effect.NONE:
            others.append((record, effect))
    return _last(made, others)


def _last(made: list[AuditRecord], others: list[tuple[AuditRecord, _Effect]]) -> Answer:
    last = max((record.time for record in made), default=None)
    later = [effect for record, effect in others if last is None or record.time >= last]
    if _Effect.UNCLEAR in later:
        return Answer(reason=AMBIGUOUS)
    if _Effect.OTHER in later:
        return Answer(reason=CHANGED_SINCE)
    if last is None:
        return Answer(reason=NO_RECORD)
    newest = [record for record in made if record.time == last]
    if len({(each.actor, each.application_id, each.correlation_id, each.operation) for each in newest}) > 1:
        return Answer(reason=AMBIGUOUS)
    return Answer(newest[0]) if newest[0].actor or newest[0].application_id else Answer(reason=AMBIGUOUS)


def _is_about(
    record: AuditRecord, question: Question, names: t.Collection[str], namesakes: t.Collection[str]
) -> bool | None:
    """Whether a record is about the user; None if it may be.

    :param names: that the user has and had, as far as the records show.
    :param namesakes: ids of those who have or had one of them.
    """
    if question.user_id is None:
        return _is_about_name(record, question, namesakes)
    if len(record.user_ids) == 1:
        return question.user_id in record.user_ids
    if record.user_ids:
        return None if question.user_id in record.user_ids else False
    if record.names and not record.names & set(names):
        return False
    # By its name alone, if nobody else at the customer ever had it.
    return True if record.names and set(namesakes) <= {question.user_id} else None


def _is_about_name(record: AuditRecord, question: Question, namesakes: t.Collection[str]) -> bool | None:
    """The same for a user who is not there, of whom only the name is known."""
    if question.name in record.names:
        return True if len(record.user_ids) <= 1 else None
    if record.names:
        return False
    # It may be about the one who had the name.
    return None if not record.user_ids or record.user_ids & set(namesakes) else False


def _effect(record: AuditRecord, question: Question) -> _Effect:
    if record.operation not in _KNOWN:
        return _Effect.UNCLEAR if record.about_user or question.kind in ("license", "role") else _Effect.NONE
    return _EFFECTS[question.kind](record, question)


def _on_attribute(record: AuditRecord, question: Question) -> _Effect:
    if record.operation in (_LICENSES, _ADD, _REMOVE):
        return _Effect.NONE
    name = question.target
    old, new = (record.old or {}).get(name), (record.new or {}).get(name)
    if new is None:
        # A password or a deletion changes no attribute.
        return _Effect.NONE if record.operation in (_RESET, _DELETE) else _Effect.UNCLEAR
    if not same_value(name, new, question.value):
        return _Effect.OTHER
    if record.operation == _CREATE:
        return _Effect.SETS
    if record.operation in (_RESET, _DELETE) or (old is not None and same_value(name, old, new)):
        return _Effect.NONE
    return _Effect.UNCLEAR if old is None else _Effect.SETS


def _on_license(record: AuditRecord, question: Question) -> _Effect:
    if record.operation == _LICENSES:
        gives, takes = question.target in record.assigned, question.target in record.removed
        if gives and question.value:
            # The same request changes the service plans of a license that the user has already.
            return _Effect.UNCLEAR
        return _given_or_taken(gives, takes, not (record.assigned or record.removed), question)
    return _with_the_user(record)


def _on_role(record: AuditRecord, question: Question) -> _Effect:
    if record.operation in (_ADD, _REMOVE):
        if record.role_ids and question.target not in record.role_ids:
            return _Effect.NONE
        unclear = len(record.role_ids) != 1
        return _given_or_taken(record.operation == _ADD, record.operation == _REMOVE, unclear, question)
    return _with_the_user(record)


def _given_or_taken(gives: bool, takes: bool, unclear: bool, question: Question) -> _Effect:
    if unclear or (gives and takes):
        return _Effect.UNCLEAR
    if not gives and not takes:
        return _Effect.NONE
    return _Effect.SETS if gives == question.value else _Effect.OTHER


def _with_the_user(record: AuditRecord) -> _Effect:
    """Licenses and roles go and may come back with their user."""
    return _Effect.UNCLEAR if record.operation in (_CREATE, _DELETE, _RESTORE) else _Effect.NONE


def _on_state(record: AuditRecord, question: Question) -> _Effect:
    if (
        question.user_id is None
        and record.old_name != record.new_name
        and record.operation in (*_USER_CHANGES, _RESTORE)
    ):
        # The user has the name no more, or has it since.
        if record.old_name is None or record.new_name is None:
            return _Effect.UNCLEAR
        return _Effect.SETS if record.old_name == question.name else _Effect.OTHER
    if record.operation in (_CREATE, _RESTORE, _DELETE):
        state = DELETED if record.operation == _DELETE else ACTIVE
        return _Effect.SETS if state == question.value else _Effect.OTHER
    if question.value == ACTIVE:
        return _Effect.NONE
    # Whoever is changed is there.
    return _Effect.OTHER


_EFFECTS: dict[str, t.Callable[[AuditRecord, Question], _Effect]] = {
    "attribute": _on_attribute,
    "license": _on_license,
    "role": _on_role,
    "state": _on_state,
}
