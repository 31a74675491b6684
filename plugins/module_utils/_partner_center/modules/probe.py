# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""From the options of ``probe`` to its result."""

from __future__ import annotations

import json
import os
import secrets
import typing as t

from ..._common import files
from ..._common.definition import Definition
from ..._common.errors import CollectionError, OptionError
from ..._common.failure import of_error
from ..._common.identifiers import domain_key, guid_key, is_guid, upn_key
from ..._common.module import option_problems
from ..._common.problem import Problem
from ..._common.text import shown
from ..._common.version import VERSION
from ..client.asking import Asker
from ..client.client import PartnerCenterCustomer
from ..module import PartnerCenterModule, PartnerCenterTask
from ..probe.report import FORMAT, report, table, would_send
from ..probe.seen import Evidence
from ..probe.steps import LICENSE_STEPS, LIMIT, first_values
from ..run import probe_journal
from ..run.probe_journal import Journal, JournalError, Left
from ..run.probing import Probe
from ..session import Session, connect, requests_result, with_price

PROBE_SPEC: dict[str, dict[str, t.Any]] = {
    "customer_id": {"type": "str", "required": True},
    "confirm_customer_domain": {"type": "str", "required": True},
    "report_file": {"type": "path", "required": True},
    "journal_file": {"type": "path", "required": True},
    "assign_license": {"type": "bool", "default": False},
    "unfinished": {"type": "str", "choices": ["fail", "remove"], "default": "fail"},
}
_PAGES = 20
_LARGEST_REPORT = 1 << 24


def probe_service(module: PartnerCenterTask) -> dict[str, t.Any]:
    """What ``probe`` does. :raises CollectionError:"""
    params = module.params
    problems: list[str] = []
    settings = option_problems(module.settings, problems)
    problems += _problems(params, module.check_mode)
    if problems or settings is None:
        raise OptionError(problems)
    left = probe_journal.read(params["journal_file"])
    customer_id = guid_key(params["customer_id"])
    if left and guid_key(left.customer_id) != customer_id:
        raise JournalError(
            f"journal_file {params['journal_file']!r} is about users of customer {left.customer_id}. Nothing was sent. "
            "Remove those first: run again with that customer."
        )
    if left and params["unfinished"] == "fail":
        raise CollectionError(
            f"An earlier probe ended before its users were removed: {left.described()}. Nothing was sent. Set "
            "unfinished: remove to delete them and continue.",
            reason="probe_unfinished",
        )
    session = connect(settings, module.secrets, operation="Probing", read_only=module.check_mode)
    try:
        return _with_session(module, session, customer_id, left, settings.cloud.name)
    except CollectionError as exc:
        with_price(session, exc)
        raise


def _problems(params: t.Mapping[str, t.Any], check_mode: bool) -> list[str]:
    found: list[str] = []
    if not is_guid(str(params["customer_id"]).strip()):
        found.append(Problem.about("customer_id", f"{shown(params['customer_id'])} is not a GUID.", "not_a_guid"))
    for option in ("report_file", "journal_file"):
        why = (files.closed if check_mode else files.obstacle)(params[option])
        if why:
            found.append(Problem.about(option, f"cannot be written: {why}.", "probe_file"))
    if os.path.lexists(params["report_file"]) and not _is_report(params["report_file"]):
        found.append(Problem.about("report_file", "is a file of another kind and was not changed.", "probe_file"))
    return found


def _is_report(path: str) -> bool:
    try:
        with os.fdopen(files.opened(path, os.O_RDONLY), "rb") as handle:
            document = json.loads(handle.read(_LARGEST_REPORT))
    except (OSError, ValueError):
        return False
    return isinstance(document, dict) and document.get("format") == FORMAT


def _with_session(
    module: PartnerCenterTask, session: Session, customer_id: str, left: Left | None, cloud: str
) -> dict[str, t.Any]:
    params = module.params
    client = session.customer(customer_id)
    details = client.details()
    confirmed = domain_key(params["confirm_customer_domain"].strip())
    if not details.domain or domain_key(details.domain) != confirmed:
        raise CollectionError(
            f"Customer {customer_id} has another domain in Partner Center than confirm_customer_domain. Nothing was "
            "written. Specify the customer twice: by id, and by the domain that Partner Center lists.",
            reason="customer_not_confirmed",
        )
    steps = would_send(params["assign_license"], LICENSE_STEPS)
    if module.check_mode:
        return {
            "changed": True,
            "would_send": steps,
            "would_remove": left.described() if left else "none",
            "requests": requests_result(session),
            "correlation_id": session.correlation_id,
            "msg": f"{len(steps)} steps, and at most {LIMIT} requests.",
        }
    removed = _remove_left(client, left) if left else []
    if left:
        files.remove(params["journal_file"])
    return _probed(module, session, customer_id, confirmed, cloud, removed)


def _remove_left(client: PartnerCenterCustomer, left: Left) -> list[str]:
    """Delete what an earlier probe has left, and nobody who is not known to be of it."""
    removed = []
    for user_id in left.ids:
        user = client.user(guid_key(user_id))
        if user is None:
            continue
        if not upn_key(user.user_principal_name).startswith(f"{left.prefix}-"):
            raise CollectionError(
                f"User {user_id} of the journal does not have the name of a probe user. It was not changed. Check it "
                "in the portal, and remove the journal.",
                reason="probe_unfinished",
            )
        client.delete_user(user.id)
        removed.append(user.user_principal_name)
    unanswered = left.unanswered()
    if not unanswered:
        return removed
    for number, page in enumerate(client.users(), 1):
        for user in page:
            if upn_key(user.user_principal_name) in unanswered:
                client.delete_user(user.id)
                removed.append(user.user_principal_name)
        if number >= _PAGES:
            raise CollectionError(
                f"The customer has more than {_PAGES} pages of users, so these may be among them: "
                f"{', '.join(sorted(unanswered))}. Look for them in the portal, and remove the journal.",
                reason="probe_unfinished",
            )
    return removed


def _probed(
    module: PartnerCenterTask, session: Session, customer_id: str, domain: str, cloud: str, removed: list[str]
) -> dict[str, t.Any]:
    params = module.params
    values = first_values(customer_id, domain, secrets.token_hex(6))
    journal = Journal(params["journal_file"], customer_id, values["prefix"])
    spent = session.counters.result()
    probe = Probe(
        Asker(session.transport, LIMIT - spent["reads"] - spent["writes"] - spent["retries"]),
        journal,
        Evidence(values),
        module.secrets.add,
        params["assign_license"],
    )
    probe.run()
    left = probe.tidy_up()
    document = report(
        probe.evidence, probe.exchanges, version=VERSION, day=session.now().strftime("%Y-%m-%d"), cloud=cloud,
        ended=probe.ended,
    )  # fmt: skip
    _write_report(params["report_file"], module.secrets.clean({"report": document})["report"])
    result = {
        "changed": bool(probe.own or removed),
        "switches": document["switches"],
        "questions": document["questions"],
        "table": table(document),
        "ended": probe.ended,
        "users_created": sorted(probe.own.values()),
        "users_left": left,
        "users_removed_before": removed,
        "requests": requests_result(session),
        "correlation_id": session.correlation_id,
    }
    settled = sum(each["state"] == "settled" for each in document["questions"])
    words = f"{settled} of {len(document['questions'])} questions settled, {len(probe.own)} users created and deleted."
    if left:
        error: CollectionError | None = CollectionError(
            f"Users of the probe may still exist: {', '.join(left)}. Run again with unfinished: remove.",
            **{**(probe.error.details if probe.error else {}), "reason": "probe_unfinished"},
        )
    else:
        error = probe.error or _nobody_made(probe)
    if error:
        return {**result, **of_error(error)}
    return {**result, "msg": words}


def _nobody_made(probe: Probe) -> CollectionError | None:
    """Without a user most questions stay open, which is no success."""
    if probe.own:
        return None
    seen = probe.evidence.last("create_a")
    return CollectionError(
        f"No user could be created ({seen.refusal if seen else probe.ended}), so most questions stay open. The "
        "report has the rest. Check the roles at the customer, and that its domain is not federated.",
        reason="probe_without_users",
        http_status=seen.status if seen else None,
    )


def _write_report(path: str, document: dict[str, t.Any]) -> None:
    try:
        files.replace(path, json.dumps(document, indent=1, ensure_ascii=True) + "\n")
    except OSError as exc:
        raise CollectionError(
            f"report_file {path!r} cannot be written: {files.reason(exc)}.", reason="probe_file"
        ) from None


class ProbeModule(PartnerCenterModule):
    """The frame, which knows where the users of a probe that was interrupted are."""

    interrupted = "the users of the probe are in the journal"


DEFINITION = Definition(ProbeModule, PROBE_SPEC, probe_service)
