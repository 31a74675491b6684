"""What Windows Azure Pack, or something in front of it, says and is not to be believed; judged by what is there, and by
what was sent."""

from __future__ import annotations

import typing as t

from support.playbooks import MODULE, Runner

USER = "azure_pack_user"
USERS = "azure_pack_users"
LIAM, MIA, NILS, OLIVIA, PETER = (f"{name}@tenants.example" for name in ("liam", "mia", "nils", "olivia", "peter"))
GATEWAY = {"code": 404, "message": "no Route matched with those values"}


def task(name: str, module: str = USER, **options: t.Any) -> dict[str, t.Any]:
    return {
        "name": name,
        MODULE + module: {key.removeprefix("user_"): value for key, value in options.items()},
        "ignore_errors": True,
    }


def results(ansible: Runner, *tasks: dict[str, t.Any], **options: t.Any) -> dict[str, dict[str, t.Any]]:
    return {record["task"]: record["result"] for record in ansible.tasks(list(tasks), **options).records}


def hide(emulator: t.Any, path: str, method: str, body: t.Any, times: int | None = None, after: int = 0) -> None:
    rule = {
        "match": {"server": "azure_pack_admin", "method": method, "path": path},
        "do": {"kind": "status", "status": 404, "body": body},
    }
    emulator.add_faults({**rule, "times": times, "after": after})


def test_active_users_behind_a_404_are_neither_absent_nor_created(ansible: Runner, emulator: t.Any) -> None:
    bodies = {
        LIAM: "",
        MIA: GATEWAY,
        NILS: {"Message": "No HTTP resource was found that matches the request URI."},
        OLIVIA: "",
        PETER: GATEWAY,
    }
    for name, body in bodies.items():
        hide(emulator, name, "GET", body)
    states = ["absent", "absent", "absent", "present", "suspended"]
    found = results(
        ansible,
        task("write", USERS, users=[{"name": name, "state": state} for name, state in zip(bodies, states)]),
        task("read", "azure_pack_user_info", user_name=LIAM),
    )
    assert [(row["status"], row["reason"], row["seen"]) for row in found["write"]["rows"]] == [
        ("failed", "absence_unclear", None)
    ] * 5
    assert found["read"]["failed"] and found["read"]["failure"]["reason"] == "absence_unclear"
    assert emulator.azure_pack.writes() == []


def test_a_service_that_answers_with_nothing_works_by_its_list(ansible: Runner, emulator: t.Any) -> None:
    """Its 404 has no body; the list of users tells, and where it does not, nobody is created."""
    emulator.set(azure_pack_absent_user="empty")
    rows = [
        {"name": "new@x.example"},
        {"name": LIAM, "state": "absent"},
        {"name": "nobody@x.example", "state": "absent"},
    ]
    hide(emulator, "^/users$", "GET", GATEWAY, after=4)
    found = results(
        ansible,
        task("work", USERS, users=rows, max_parallel=1),
        task("blind", USERS, users=[{"name": "newer@x.example"}, {"name": LIAM, "state": "absent"}]),
    )
    assert [row["status"] for row in found["work"]["rows"]] == ["changed", "changed", "ok"], found["work"]
    assert found["work"]["rows"][1]["deletion"]["status"] == "finished"
    assert [(row["status"], row["reason"]) for row in found["blind"]["rows"]] == [("failed", "absence_unclear")] * 2
    assert [entry["method"] for entry in emulator.azure_pack.writes()] == ["POST", "DELETE"]


def test_a_deletion_is_not_finished_by_a_gateway(ansible: Runner, emulator: t.Any) -> None:
    """After the order a gateway, or a node that knows nothing, says 404 while the deletion goes on; for the last one in
    the service's own words."""
    emulator.set(azure_pack_delete_seconds=1000)
    for name, body in ((LIAM, ""), (MIA, GATEWAY), (NILS, None)):
        hide(emulator, name, "GET", body, after=1)
    rows = [{"name": name, "state": "absent"} for name in (LIAM, MIA, NILS)]
    found = results(
        ansible,
        task("not waiting", USERS, users=rows[:1], wait=False),
        task("waiting", USERS, users=rows[1:], wait_timeout=2, wait_interval=1, max_wait=1),
    )
    assert [row["deletion"]["status"] for name in ("not waiting", "waiting") for row in found[name]["rows"]] == [
        "accepted"
    ] * 3
    assert not found["not waiting"]["failed"] and [row["status"] for row in found["waiting"]["rows"]] == ["failed"] * 2
    assert len(emulator.azure_pack.writes()) == 3


def test_answers_about_somebody_else(ansible: Runner, emulator: t.Any) -> None:
    """Every write is carried out, and answered about Olivia. Nothing follows, and nobody is read back into a
    success."""
    rows = [{"name": "new@x.example"}, {"name": LIAM, "state": "suspended"}, {"name": NILS, "state": "absent"}]
    users = {name: emulator.azure_pack.user(name) for name in (LIAM, NILS)}

    def answer(name: str, method: str, status: int, body: dict[str, t.Any]) -> None:
        emulator.add_faults(
            {
                "match": {"server": "azure_pack_admin", "method": method, "path": name},
                "do": {"kind": "status", "status": status, "body": body},
                "times": None,
            }
        )

    olivia = {
        "Name": OLIVIA,
        "Email": OLIVIA,
        "State": 1,
        "CreatedTime": "2026-01-01T00:00:00",
        "SubscriptionCount": 0,
        "ActivationSyncState": 0,
    }
    answer("/users$", "POST", 201, {**olivia, "LastErrorMessage": None})
    answer(LIAM, "PUT", 200, {**olivia, "State": 2})
    answer(NILS, "DELETE", 202, {**olivia, "State": 3})
    found = results(ansible, task("write", USERS, users=rows, wait_timeout=9))["write"]
    assert [(row["status"], row["reason"]) for row in found["rows"]] == [("unknown", "answer_about_another")] * 3
    assert found["changed"] is False and len(emulator.azure_pack.writes()) == 3
    assert len(emulator.azure_pack.log(method="GET")) == 3, "nothing was read after the writes"
    emulator.clear_faults()
    emulator.clear_log()
    emulator.set(azure_pack_mixed_up_answers=OLIVIA)
    read = ansible.module(USERS, users=rows[1:], wait_timeout=9)
    assert {(row["status"], row["reason"]) for row in read["rows"]} == {
        ("failed", "answer_about_another")
    } and emulator.azure_pack.writes() == []
    assert {name: emulator.azure_pack.user(name) for name in (LIAM, NILS)} == users


def test_a_deletion_that_is_answered_with_an_error_in_a_success(ansible: Runner, emulator: t.Any) -> None:
    error = {"Code": "InternalError", "Message": "The server encountered an internal error.", "Details": []}
    for name, status in ((LIAM, 200), (MIA, 202)):
        emulator.add_faults(
            {
                "match": {"server": "azure_pack_admin", "method": "DELETE", "path": name},
                "do": {"kind": "status", "status": status, "body": error},
            }
        )
    found = results(
        ansible,
        task(
            "delete",
            USERS,
            users=[{"name": LIAM}, {"name": MIA}],
            defaults={"state": "absent"},
            max_wait=2,
            wait_timeout=9,
        ),
    )["delete"]
    assert [(row["status"], row["reason"], row["deletion"]) for row in found["rows"]] == [
        ("unknown", "error_in_answer", None)
    ] * 2
    assert found["changed"] is False and emulator.azure_pack.user(LIAM) and len(emulator.azure_pack.writes()) == 2


def test_a_user_who_is_made_anew_is_left_alone(ansible: Runner, emulator: t.Any) -> None:
    emulator.set(azure_pack_made_anew=True)
    see = {**task("see", user_name=LIAM, state="absent"), "check_mode": True, "register": "seen"}
    bound = {"user_name": LIAM, "state": "absent", "expected": "{{ seen.seen }}", "wait_timeout": 9}
    found = results(
        ansible,
        see,
        task("delete", **bound),
        task("again", **bound),
        task("unbound", USERS, users=[{"name": MIA, "state": "absent"}], wait=False),
    )
    first, again, row = found["delete"], found["again"], found["unbound"]["rows"][0]
    assert (first["failed"], first["changed"], first["failure"]["reason"], first["deletion"]["status"]) == (
        True,
        True,
        "made_anew",
        "finished",
    )
    assert first["user"]["state"] == "active" and first["user"]["created"] > found["see"]["seen"]["created"]
    assert (again["failed"], again["changed"], again["failure"]["reason"], again["requests"]["writes"]) == (
        True,
        False,
        "made_anew",
        0,
    )
    assert (row["status"], row["reason"], row["deletion"]["status"]) == ("failed", "made_anew", "finished")
    assert len(emulator.azure_pack.writes()) == 2 and emulator.azure_pack.user(LIAM)["state"] == "active"


def test_declarations_that_expect_something(ansible: Runner, emulator: t.Any) -> None:
    emulator.azure_pack.add_users({"name": "wap-automation@northwind.example"})
    rows = [
        {
            "name": OLIVIA,
            "state": "absent",
            "subscriptions": "delete",
            "expected": {"subscriptions": ["c1a2b3c4-0001-4000-8000-000000000001"]},
        },
        {"name": LIAM, "state": "absent", "expected": {"exists": False}},
        {"name": MIA, "state": "suspended", "expected": {"created": "2013-06-19T17:09:45.387"}},
        {"name": "lian@tenants.example", "state": "suspended", "create": False},
        {"name": "Wap-Automation@northwind.example", "state": "absent"},
    ]
    reasons = ["unexpected_subscriptions", "unexpected_user", "made_anew", "no_such_user", "acting_identity"]
    for check in (True, False):
        found = ansible.module(USERS, check=check, users=rows)
        assert [(row["status"], row["reason"]) for row in found["rows"]] == [("failed", reason) for reason in reasons]
    assert emulator.azure_pack.writes() == []


def test_a_token_that_was_not_asked_for_is_not_handed_on(ansible: Runner, running: t.Any, emulator: t.Any) -> None:
    emulator.azure_pack.add_accounts(
        [
            {
                "username": "svc",
                "site": "adfs",
                "password": "pass word",
                "principal": "wap-automation@northwind.example",
            },
            {"username": LIAM, "site": "tenant", "password": "pass word", "principal": MIA},
        ]
    )
    emulator.set(azure_pack_issued_for="http://azureservices/TenantSite")
    tokens, url = "azure_pack_access_token_info", running.info["azure_pack_auth_url"]
    found = results(
        ansible,
        task("realm", tokens, issuer="adfs", issuer_url=url, username="svc", password="pass word"),
        task("person", tokens, issuer_url=url, username=LIAM, password="pass word"),
        env={"AZURE_PACK_ACCESS_TOKEN": None},
    )
    assert all(result["failed"] for result in found.values())
    assert all("access_token" not in result for result in found.values())
    assert [result.get("failure", {}).get("reason") for result in found.values()] == [
        "wrong_audience",
        "wrong_principal",
    ]
