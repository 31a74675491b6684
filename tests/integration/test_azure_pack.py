"""The modules of Windows Azure Pack as a playbook meets them: names, lost answers, deletions that do not end well, both APIs, tokens."""

from __future__ import annotations

import json
import typing as t
from xml.sax.saxutils import escape

import pytest
from support.playbooks import MODULE, PlaybookRun, Runner

USER = "azure_pack_user"
USERS = "azure_pack_users"
ADA = "ada@tenant.example"
OLIVIA = "olivia@tenants.example"


def task(name: str, module: str = USER, **options: t.Any) -> dict[str, t.Any]:
    return {
        "name": name,
        MODULE + module: {key.removeprefix("user_"): value for key, value in options.items()},
        "ignore_errors": True,
    }


def by_task(done: PlaybookRun) -> dict[str, dict[str, t.Any]]:
    return {record["task"]: record["result"] for record in done.records}


def sent(emulator: t.Any) -> list[tuple[str, str, str]]:
    return [(entry["method"], entry["raw_path"], entry["query"]) for entry in emulator.azure_pack.log()]


@pytest.mark.core_differences
def test_one_user_from_creation_to_deletion(ansible: Runner, emulator: t.Any) -> None:
    emulator.set(azure_pack_extra_user_members={"Region": "north"}, azure_pack_require_principal_id=True)
    ids = {"client_request_id": "run-7", "client_session_id": "session-7", "principal_id": "WAP01\\Jürgen"}
    done = ansible.tasks(
        [
            task("create", user_name=ADA, email="Ada@tenant.example", **ids),
            task("again", user_name=ADA.upper(), email="Ada@tenant.example"),
            task("email", user_name=ADA, email="ada@other.example"),
            task("left out", user_name=ADA),
            task("suspend", user_name=ADA, state="suspended"),
            task("suspended", user_name=ADA, state="suspended"),
            task("back", user_name=ADA),
            task("absent", user_name=ADA.title(), state="absent"),
            task("gone", user_name=ADA, state="absent"),
        ]
    )
    results = by_task(done)
    assert [name for name, result in results.items() if result["changed"]] == [
        "create",
        "email",
        "suspend",
        "back",
        "absent",
    ]
    assert not any(result["failed"] for result in results.values())
    assert {name: result["requests"]["writes"] for name, result in results.items()} == {
        name: int(result["changed"]) for name, result in results.items()
    }
    assert (
        results["create"]["user"]["email"] == "Ada@tenant.example" and results["create"]["client_request_id"] == "run-7"
    )
    assert results["suspend"]["operations"][0]["fields"] == {"state": {"before": "active", "after": "suspended"}}
    assert results["absent"]["user"] is None and results["absent"]["deletion"]["status"] == "finished"
    writes = emulator.azure_pack.writes()
    assert writes[0]["body"] == {"Name": ADA, "Email": "Ada@tenant.example", "State": 1}
    # The whole object goes back, with what nobody here knows.
    assert (
        writes[1]["body"]["Email"] == "ada@other.example"
        and writes[1]["body"]["Region"] == "north"
        and writes[1]["body"]["State"] == 1
    )
    assert writes[2]["body"]["Email"] == "ada@other.example" and writes[2]["body"]["State"] == 2
    assert (writes[4]["raw_path"], writes[4]["query"]) == (
        "/users/ada@tenant.example",
        "deleteSubscriptions=False&force=False",
    )
    headers = writes[0]["headers"]
    assert headers["x-ms-client-session-id"] == "session-7" and headers["x-ms-client-request-id"].startswith("run-7-20")
    assert headers["x-ms-principal-id"] == "WAP01\\J%C3%BCrgen"
    assert writes[1]["headers"]["x-ms-principal-id"] == "wap-automation@northwind.example"


NAMES = [
    "a+b@x.example",
    "a b@x.example",
    "O'Brien@x.example",
    "GRÖßE@x.example",
    "groesse@x.example",
    "grösse@x.example",
    "ab@x.example",
    "(a)!$=;,~@x.example",
    "a%2Bb",
    "a#b@x.example",
    "a/b@x.example",
    "..",
    "http://x",
    "李小龍@x.example",
    '"quoted"@x.example',
    "{[|]}^`@x.example",
]
GOOD = [name for name in NAMES if not set(name) & set("%#/:") and name != ".."]


def test_unusual_names_hit_one_user_or_nobody(ansible: Runner, emulator: t.Any) -> None:
    before = {user["name"] for user in emulator.azure_pack.users()}
    some = [name for name in GOOD if name.startswith(("a+b", "O'", "GRÖ", "(a)", "李", '"'))]
    done = by_task(
        ansible.tasks(
            [
                task("refused", USERS, users=[{"name": name} for name in NAMES]),
                task("create", USERS, users=[{"name": name, "email": "e@x.example"} for name in GOOD]),
                task("again", USERS, users=[{"name": name.lower() if "ß" in name else name.upper()} for name in GOOD]),
                task("some", USERS, users=[{"name": name, "state": "absent"} for name in some]),
            ]
        )
    )
    assert len(done["refused"]["problems"]) == len(NAMES) - len(GOOD) == 5
    assert done["create"]["summary"]["changed"] == len(GOOD) and done["again"]["summary"]["ok"] == len(GOOD), done[
        "again"
    ]
    assert done["some"]["summary"]["changed"] == len(some)
    assert {user["name"] for user in emulator.azure_pack.users()} - before == set(GOOD) - set(some)
    assert emulator.azure_pack.log()[0]["seq"] and (
        "DELETE",
        "/users/a%2Bb@x.example",
        "deleteSubscriptions=False&force=False",
    ) in sent(emulator)


BAD = {
    "restored": ({"name": ADA, "state": "restored"}, "not_restorable"),
    "endpoint": ({"name": ADA, "endpoint": "https://wap/users"}, "not_a_url"),
    "null": ({"name": ADA, "email": None}, "null"),
    "several": ({"name": "x?", "email": "", "state": "restored", "timeout": 0, "wait_interval": 0}, "out_of_range"),
}


def test_bad_input_is_refused_before_the_first_request(ansible: Runner, emulator: t.Any) -> None:
    tasks = [
        task(name, **{f"user_{key}": value for key, value in options.items()})
        for name, (options, _words) in BAD.items()
    ]
    tasks += [
        task(
            "rows", USERS, users=[{"name": ADA}, {"name": ADA.upper()}, {"name": "b", "state": "gone"}], max_parallel=0
        ),
        task("tenant lists", "azure_pack_user_info", api="tenant"),
        task("null name", "azure_pack_user_info", user_name=None),
    ]
    results = by_task(ansible.tasks(tasks))
    for name, (_options, reason) in BAD.items():
        assert results[name]["failure"]["reason"] == reason and results[name]["problems"], results[name]
    assert len(results["several"]["problems"]) == 5 and len(results["rows"]["problems"]) == 3
    assert results["tenant lists"]["failure"]["reason"] == "not_for_api"
    assert "null" in results["null name"]["msg"]
    assert emulator.azure_pack.log() == []


def test_lost_answers_and_races(ansible: Runner, emulator: t.Any) -> None:
    """Rows are worked on one after another, so that each meets its own trouble."""
    names = {
        kind: [f"{kind}-{action}@x.example" for action in ("create", "update", "delete")]
        for kind in ("after", "before", "broken")
    }
    for kind, users in names.items():
        emulator.azure_pack.add_users(
            [
                {"name": users[1]},
                {"name": users[2], "subscriptions": [{"name": "Web", "provider": {"outcome": "ok", "seconds": 0}}]},
            ]
        )
        do = {
            "after": {"kind": "drop_after"},
            "before": {"kind": "drop_before"},
            "broken": {"kind": "status", "status": 500},
        }[kind]
        emulator.add_faults(
            [
                {"match": {"server": "azure_pack_admin", "method": method, "path": f"{name}$"}, "do": do}
                for method, name in zip(("PUT", "DELETE"), users[1:])
            ]
        )
    for do in (
        {"kind": "drop_after"},
        {"kind": "drop_before"},
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 409},
    ):
        emulator.add_faults({"match": {"server": "azure_pack_admin", "method": "POST"}, "do": do})
    rows = [
        {"name": name, "state": state, "subscriptions": "delete"}
        for users in names.values()
        for name, state in zip(users, ("present", "suspended", "absent"))
    ]
    # Where "exists already" and "is not there" come for the same name, the name does not arrive.
    rows.append({"name": "never@x.example"})
    both = by_task(
        ansible.tasks(
            [
                task("trouble", USERS, users=rows, max_parallel=1, max_wait=2),
                task("once more", USERS, users=rows),
                task("twice", USERS, users=rows),
            ]
        )
    )
    found = both["trouble"]["rows"]
    assert [row["status"] for row in found] == ["changed"] * 3 + ["unknown"] * 6 + ["failed"], [
        row["message"] for row in found
    ]
    assert [row["action"] for row in found] == ["create", "update", "delete"] * 3 + ["create"]
    assert found[-1]["reason"] == "exists_unreadable" and found[-1]["http_status"] == 409
    assert {row["reason"] for row in found[3:9]} == {"lost_answer", "service_unavailable"} and found[8][
        "http_status"
    ] == 500
    methods = [(entry["method"], entry["user_id"] or entry["body"]["Name"]) for entry in emulator.azure_pack.writes()]
    assert len(methods) == 10 + 7, "each write was sent once, and what had not been done once more"
    assert both["once more"]["summary"] == {
        "rows": 10,
        "ok": 3,
        "changed": 7,
        "failed": 0,
        "skipped": 0,
        "unknown": 0,
    } | {
        action: [operation["action"] for operation in both["once more"]["operations"]].count(action)
        for action in ("create", "update", "delete")
    }
    assert both["twice"]["changed"] is False


def test_deletions_that_do_not_end_well(ansible: Runner, emulator: t.Any) -> None:
    hanging = emulator.azure_pack.add_users(
        {"name": "hang@x.example", "subscriptions": [{"name": "VMs", "provider": {"outcome": "hang"}}]}
    )[0]
    for number in (1, 2):
        emulator.azure_pack.set_provider(f"c1a2b3c4-0001-4000-8000-00000000000{number}", "hang")
    options = {"state": "absent", "subscriptions": "delete", "wait_interval": 1}
    results = by_task(
        ansible.tasks(
            [
                task("provider fails", user_name="peter@tenants.example", **options),
                task("refused again", user_name="peter@tenants.example", state="absent"),
                task("present meanwhile", user_name="peter@tenants.example"),
                task("orphan", user_name="peter@tenants.example", **{**options, "subscriptions": "orphan"}),
                task("too long", user_name=hanging, wait_timeout=1, **options),
                task("too long again", user_name=hanging, wait_timeout=1, **options),
                task("not waiting again", user_name=hanging, wait=False, **options),
                task("way out", user_name=hanging, **{**options, "subscriptions": "orphan"}),
                task("not waiting", user_name="olivia@tenants.example", wait=False, **options),
            ],
            diff=True,
        )
    )
    failed = results["provider fails"]
    assert (
        failed["failed"]
        and failed["changed"]
        and failed["outcome"] == "failed"
        and failed["deletion"]["status"] == "failed"
        and failed["deletion"]["seconds"] >= 1
    )
    assert (
        failed["failure"]["reason"] == "deletion_failed"
        and "SQL01" in failed["msg"]
        and failed["user"]["state"] == "delete_pending"
    )
    assert "Peter database" in results["refused again"]["msg"] and "SQL01" in results["refused again"]["msg"]
    assert results["present meanwhile"]["failure"]["reason"] == "being_deleted"
    assert results["orphan"]["changed"] and not results["orphan"]["failed"]
    assert [orphan["name"] for orphan in emulator.azure_pack.orphans()] == ["Peter database", "VMs"]
    late = results["too long"]
    assert (
        late["failed"]
        and late["changed"]
        and late["deletion"]["status"] == "accepted"
        and late["failure"]["reason"] == "deletion_not_finished"
    )
    assert (results["too long again"]["changed"], results["too long again"]["deletion"]["status"]) == (False, "running")
    again = results["not waiting again"]
    assert (again["failed"], again["changed"], again["deletion"]["status"]) == (False, False, "running")
    assert results["way out"]["changed"] and results["way out"]["deletion"]["status"] == "finished"
    fast = results["not waiting"]
    assert (fast["failed"], fast["changed"], fast["outcome"], fast["deletion"]) == (
        False,
        True,
        "changed",
        {"status": "accepted", "seconds": None},
    )
    assert fast["user"]["state"] == "delete_pending" and json.loads(fast["diff"]["after"])["state"] == "delete_pending"
    assert [item["name"] for item in fast["subscriptions"]] == ["Olivia shop", "Olivia web"]
    deletions = [(entry["user_id"], entry["query"]) for entry in emulator.azure_pack.writes()]
    deep, force = "deleteSubscriptions=True&force=False", "deleteSubscriptions=False&force=True"
    assert deletions == [
        ("peter@tenants.example", deep),
        ("peter@tenants.example", force),
        (hanging, deep),
        (hanging, force),
        ("olivia@tenants.example", deep),
    ]


def test_a_page_that_says_404_is_no_absence(ansible: Runner, emulator: t.Any) -> None:
    emulator.azure_pack.add_users({"name": "a+b@x.example"})
    emulator.set(azure_pack_plus_in_path="404.11")
    for path, status, body in (
        ("empty@", 404, ""),
        ("gateway@", 404, {"code": 404, "message": "page not found"}),
        ("uncounted@", 200, {"Name": "uncounted@x.example", "Email": "e", "State": 1}),
    ):
        emulator.add_faults(
            {
                "match": {"server": "azure_pack_admin", "path": path},
                "do": {"kind": "status", "status": status, "body": body},
                "times": None,
            }
        )
    emulator.azure_pack.add_users({"name": "uncounted@x.example", "subscriptions": [{"name": "Web"}]})
    emulator.add_faults(
        {
            "match": {"server": "azure_pack_admin", "path": "xml@"},
            "do": {
                "kind": "status",
                "status": 404,
                "headers": {"Content-Type": "application/xml"},
                "body": "<Error xmlns='http://schemas.microsoft.com/windowsazure'><Code>ResourceNotFound</Code><Message>x</Message></Error>",
            },
        }
    )
    results = by_task(
        ansible.tasks(
            [
                task("present", user_name="a+b@x.example"),
                task("absent", user_name="a+b@x.example", state="absent"),
                task("read", "azure_pack_user_info", user_name="a+b@x.example"),
                task(
                    "wrong site",
                    user_name=ADA,
                    state="absent",
                    endpoint=ansible.environment["PARTNER_CENTER_AUTHORITY_HOST"],
                ),
                task(
                    "rows",
                    USERS,
                    users=[
                        {"name": f"{name}@x.example", "state": "absent"}
                        for name in ("empty", "xml", "gateway", "uncounted")
                    ],
                ),
            ]
        )
    )
    for name in ("present", "absent", "read", "wrong site"):
        assert (
            results[name]["failed"]
            and results[name]["failure"]["http_status"] == 404
            and results[name]["failure"]["reason"] == "absence_unclear"
        ), results[name]
    rows = results["rows"]["rows"]
    assert [row["status"] for row in rows] == ["ok", "ok", "failed", "failed"] and not results["rows"]["changed"], rows
    assert [row["reason"] for row in rows[2:]] == ["absence_unclear", "owns_subscriptions"] and "Web" in rows[3][
        "message"
    ]
    assert emulator.azure_pack.writes() == []


def test_reading(ansible: Runner, emulator: t.Any) -> None:
    emulator.azure_pack.add_users([{"name": f"many{number:03d}@x.example"} for number in range(230)])
    results = by_task(
        ansible.tasks(
            [
                task("all", "azure_pack_user_info", subscriptions=True),
                task("some", "azure_pack_user_info", search="many22"),
                task("one", "azure_pack_user_info", user_name="OLIVIA@tenants.example", subscriptions=True),
                task("none", "azure_pack_user_info", user_name="nobody@x.example"),
            ],
            check=True,
        )
    )
    everybody = results["all"]["users"]
    assert len(everybody) == 230 + 6 and [user["name"] for user in everybody] == sorted(
        user["name"] for user in everybody
    )
    assert results["all"]["requests"]["reads"] == 3 + 3, "three pages, and three users who own something"
    assert {
        user["name"].partition("@")[0]: len(user["subscriptions"]) for user in everybody if user["subscriptions"]
    } == {"olivia": 2, "peter": 2, "quinn": 1}
    assert len(results["some"]["users"]) == 10 and "subscriptions" not in results["some"]["users"][0]
    (olivia,) = results["one"]["users"]
    assert olivia["subscriptions"][0]["plan_id"] and results["none"]["users"] == []


def test_the_tenant_api(ansible: Runner, running: t.Any, emulator: t.Any) -> None:
    control = emulator.azure_pack
    emulator.set(azure_pack_tenant_other_users=404)
    emulator.add_faults(
        {"match": {"server": "azure_pack_tenant", "path": "liam@"}, "do": {"kind": "status", "status": 403}}
    )
    env = {
        "AZURE_PACK_ENDPOINT": running.info["azure_pack_tenant_url"],
        "AZURE_PACK_API": "tenant",
        "AZURE_PACK_ACCESS_TOKEN": control.token("tenant", "olivia@tenants.example"),
    }
    results = by_task(
        ansible.tasks(
            [
                task("herself", "azure_pack_user_info", user_name="olivia@tenants.example", subscriptions=True),
                task("somebody else", "azure_pack_user_info", user_name="liam@tenants.example"),
                task("preview", user_name="olivia@tenants.example", state="absent"),
                task(
                    "on behalf",
                    user_name="peter@tenants.example",
                    state="absent",
                    principal_id="peter@tenants.example",
                    access_token=control.token(),
                ),
                task("wrong realm", "azure_pack_user_info", api="admin", endpoint=running.info["azure_pack_admin_url"]),
                # These three would have been answered with "no such user" by a service that is asked about others.
                task("two persons", user_name="nobody@x.example", state="absent", principal_id="nobody@x.example"),
                task(
                    "an administrator's own",
                    USERS,
                    users=[{"name": "nobody@x.example", "state": "absent"}],
                    access_token=control.token(),
                ),
                task("somebody else's", user_name="nobody@x.example", state="absent"),
                task(
                    "not yet",
                    user_name=OLIVIA,
                    state="absent",
                    access_token=control.token("tenant", OLIVIA, claims={"nbf": 4102444800, "exp": 4102448400}),
                ),
                task(
                    "gone",
                    user_name="leaver@x.example",
                    state="absent",
                    access_token=control.token("tenant", "leaver@x.example"),
                ),
            ],
            env=env,
        )
    )
    assert [item["name"] for item in results["herself"]["users"][0]["subscriptions"]] == ["Olivia shop", "Olivia web"]
    assert (
        results["somebody else"]["failure"]["http_status"] == 403
        and results["somebody else"]["failure"]["reason"] == "forbidden"
    )
    assert (
        "owns 2 subscriptions: Olivia shop" in results["preview"]["msg"]
        and "Peter database" in results["on behalf"]["msg"]
    )
    refused = results["wrong realm"]
    assert (
        refused["failure"]["reason"] == "wrong_audience"
        and "http://azureservices/TenantSite" in refused["msg"]
        and "http://azureservices/AdminSite" in refused["msg"]
    )
    others = results["two persons"], results["an administrator's own"], results["somebody else's"]
    assert [result["failure"]["reason"] for result in others] == ["wrong_principal"] * 3
    assert results["not yet"]["failure"]["reason"] == "token_not_yet_valid" and results["gone"]["failed"] is False
    assert control.writes() == [] and {entry["user_id"] for entry in control.log()} == {
        "olivia@tenants.example",
        "liam@tenants.example",
        "peter@tenants.example",
        "leaver@x.example",
        None,
    }


def test_a_run_stops_when_the_token_is_not_taken_or_too_much_fails(ansible: Runner, emulator: t.Any) -> None:
    rows = [{"name": f"user{number}@x.example", "source": f"t.csv:{number}"} for number in range(20)]
    emulator.add_faults(
        {
            "match": {"server": "azure_pack_admin", "path": "user1?5@"},
            "do": {"kind": "status", "status": 403},
            "times": None,
        }
    )
    results = by_task(
        ansible.tasks(
            [
                task("expired", USERS, users=rows, access_token=emulator.azure_pack.token(expires_in=-10)),
                task("damaged", USERS, users=rows, access_token="not-a-token", max_parallel=2),
                task("too much", USERS, users=rows, max_parallel=1, max_fail_percentage=4),
                task("two fail", USERS, users=rows, max_parallel=4),
            ]
        )
    )
    assert (
        results["expired"]["failure"]["error_class"] == "expired_access_token"
        and "expired at" in results["expired"]["msg"]
    )
    damaged = results["damaged"]
    assert (
        damaged["summary"]["skipped"] >= 16
        and damaged["summary"]["rows"] == 20
        and "HTTP 401" in damaged["msg"]
        and damaged["rows"][19]["status"] == "skipped"
    )
    assert [row["status"] for row in results["too much"]["rows"]] == ["changed"] * 5 + ["failed"] + ["skipped"] * 14
    rest = results["two fail"]
    assert (
        rest["summary"].items() >= {"rows": 20, "ok": 5, "changed": 13, "failed": 2, "skipped": 0, "unknown": 0}.items()
    )
    assert [row["index"] for row in rest["rows"]] == list(range(20)) and [
        row["source"] for row in rest["rows"] if row["status"] == "failed"
    ] == ["t.csv:5", "t.csv:15"]
    assert rest["changed"] and rest["failed"] and "2 of 20 rows failed" in rest["msg"]


SECRET = "Canary-Zq7<&>\"'password"
MARKS = ("Canary-Zq7", "eyJ")


@pytest.mark.core_differences
def test_tokens_by_ws_trust_and_no_secret_is_shown(
    ansible: Runner, running: t.Any, emulator: t.Any, tmp_path: t.Any
) -> None:
    control = emulator.azure_pack
    accounts = [
        {"username": "svc", "site": "adfs", "password": SECRET, "principal": "wap-automation@northwind.example"},
        {"username": "olivia@tenants.example", "site": "tenant", "password": SECRET},
    ]
    control.add_accounts(accounts)
    control.add_users([{"name": f"echo{number}@x.example"} for number in range(4)])
    token = control.token()
    words = f"no {token}"
    for number, do in enumerate(
        (
            {"kind": "status", "status": 400, "body": {"Code": "x", "Message": words}},
            {"kind": "status", "status": 500, "body": words},
            {"kind": "text", "status": 403, "text": words},
            {"kind": "drop_before"},
        )
    ):
        emulator.add_faults(
            {
                "match": {"server": "azure_pack_admin", "method": "PUT", "path": f"echo{number}@"},
                "do": do,
                "times": None,
            }
        )
    # An issuer that repeats the password, as it is and as XML has it.
    fault = "<Envelope><Body><Fault><Code><Value>Receiver</Value></Code><Reason><Text>%s</Text></Reason></Fault></Body></Envelope>"
    emulator.add_faults(
        {
            "match": {"server": "login", "path": "/echo/soap"},
            "do": {"kind": "text", "status": 500, "text": fault % escape(SECRET)},
        }
    )
    emulator.add_faults(
        {
            "match": {"server": "login", "path": "/echo/html"},
            "do": {"kind": "html", "status": 500, "body": f"<html>{SECRET}</html>"},
        }
    )
    lookup, ready = ("{{ lookup('ansible.builtin.env', '%s') }}" % name for name in ("CANARY", "CANARY_TOKEN"))
    url = running.info["azure_pack_auth_url"]
    tokens = "azure_pack_access_token_info"
    adfs = {"issuer": "adfs", "issuer_url": url, "username": "svc", "password": lookup}
    token_tasks = [
        {**task("adfs", tokens, **adfs), "register": "adfs"},
        {
            **task("membership", tokens, issuer_url=url, username="olivia@tenants.example", password=lookup),
            "register": "membership",
        },
        task("ready", tokens, access_token="{{ adfs.access_token }}"),
        task("wrong password", tokens, **{**adfs, "password": lookup + "-wrong"}),
        task("wrong realm", tokens, **{**adfs, "realm": "http://else"}),
        task("echo soap", tokens, **{**adfs, "issuer_url": url + "/echo/soap"}),
        task("echo html", tokens, **{**adfs, "issuer_url": url + "/echo/html"}),
        task("unknown option", tokens, **{**adfs, "pasword": lookup}),
        task("blank", tokens, issuer="adfs"),
    ]
    use = [
        {
            "name": "With the token",
            "module_defaults": {
                "group/tenantops.partner_center.azure_pack": {"access_token": "{{ adfs.access_token }}"}
            },
            "block": [
                task("read", "azure_pack_user_info", user_name="liam@tenants.example"),
                *(
                    task(
                        f"echo{number}",
                        user_name=f"echo{number}@x.example",
                        state="suspended",
                        max_wait=0,
                        access_token=ready,
                    )
                    for number in range(4)
                ),
            ],
        },
        task(
            "with the tenant's",
            "azure_pack_user_info",
            user_name="olivia@tenants.example",
            api="tenant",
            endpoint=running.info["azure_pack_tenant_url"],
            access_token="{{ membership.access_token }}",
        ),
        {
            "name": "kept",
            "ansible.builtin.assert": {
                "that": [
                    "adfs.access_token.split('.') | length == 3",
                    "adfs.realm == 'http://azureservices/AdminSite'",
                    "adfs.principal == 'wap-automation@northwind.example'",
                    "adfs.expires_on > 0",
                ]
            },
        },
    ]
    done = ansible.tasks(
        token_tasks + use,
        verbosity=4,
        diff=True,
        env={"CANARY": SECRET, "CANARY_TOKEN": token, "AZURE_PACK_ACCESS_TOKEN": None},
    )
    results = by_task(done)
    assert done.rc == 0, done.output[-3000:]
    for name in ("adfs", "membership", "ready"):
        assert results[name].get("censored"), name
    assert not results["read"]["failed"] and not results["with the tenant's"]["failed"]
    assert (
        results["wrong password"]["failure"]["error_class"] == "bad_credentials"
        and results["wrong realm"]["failure"]["error_class"] == "unknown_realm"
    )
    assert (
        "********" in results["echo soap"]["msg"]
        and results["echo html"]["failure"]["error_class"] == "not_a_token_service"
    )
    assert "username is missing" in results["blank"]["msg"] and "issuer_url is missing" in results["blank"]["msg"]
    assert [results[f"echo{number}"]["outcome"] for number in range(4)] == ["failed", "unknown", "failed", "unknown"]
    assert "********" in results["echo0"]["msg"]
    # ansible-core shows the source of a failing task with the expression, not its value.
    for text in (done.output, json.dumps(done.records), json.dumps(emulator.log())):
        assert [mark for mark in MARKS if mark in text] == []
    for path in ansible.directory.rglob("*"):
        if path.is_file():
            assert [mark for mark in MARKS if mark in path.read_text(errors="replace")] == [], path
