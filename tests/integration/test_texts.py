"""Texts that cannot be meant, on every road: refused before the first request; names and passwords that the
directory refuses: before the first write."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

from support.playbooks import MODULE, Runner

from .conftest import CONTOSO
from .places import Place

MEGAN = {"user_principal_name": "megan.bowen@contoso.example", "display_name": "Megan Bowen"}
TASKS: dict[str, tuple[str, dict[str, t.Any], str]] = {
    "what a filter leaves of omit as a password": (
        "customer_user",
        {**MEGAN, "password": "{{ nothing | default(omit) | upper }}"},
        "omit_left_over",
    ),
    "the same in a row": (
        "customer_users",
        {
            "users": [
                {
                    **MEGAN,
                    "display_name": "Megan __omit_place_holder__0123",
                    "password": "{{ nothing | default(omit) | upper }}",
                }
            ]
        },
        "omit_left_over",
    ),
    "the same in a token": (
        "customer_info",
        {"customer_id": CONTOSO, "refresh_token": "{{ nothing | default(omit) | upper }}"},
        "omit_left_over",
    ),
    "a number without its plus": ("customer_user", {**MEGAN, "phone_number": 442079460123}, "not_a_text"),
    "a number in a row": ("customer_users", {"users": [{**MEGAN, "phone_number": 442079460123}]}, "not_a_text"),
    "a broken letter": (
        "customer_users",
        {"users": [{**MEGAN, "display_name": "J\ufffdrgen"}]},
        "replacement_characters",
    ),
    "a null": ("customer_user", {**MEGAN, "phone_number": None}, "null"),
    "a number in Azure Pack": (
        "azure_pack_users",
        {"users": [{"name": 4912345, "email": "y@tenants.example"}]},
        "not_a_text",
    ),
}


def test_nothing_is_sent(ansible: Runner, emulator: t.Any) -> None:
    tasks = [
        {
            "name": name,
            MODULE + module: {
                **({} if module.startswith("azure") or "customer_id" in options else {"customer_id": CONTOSO}),
                **options,
            },
            "ignore_errors": True,
        }
        for name, (module, options, _reason) in TASKS.items()
    ]
    # A date is one only in YAML: the runner would write a text.
    dated = Path(ansible.directory, "dated.yml")
    dated.write_text("dated: {password: 2026-01-01T10:00:00Z, phone: 2026-01-01}\n")
    tasks += [
        {
            "name": "a date as a password",
            MODULE + "customer_user": {"customer_id": CONTOSO, **MEGAN, "password": "{{ dated.password }}"},
            "ignore_errors": True,
        },
        {
            "name": "a date in a row",
            MODULE + "customer_users": {
                "customer_id": CONTOSO,
                "users": [{**MEGAN, "phone_number": "{{ dated.phone }}"}],
            },
            "ignore_errors": True,
        },
    ]
    done = ansible.tasks(tasks, extra=["-e", f"@{dated}"])
    reasons = [reason for _module, _options, reason in TASKS.values()] + ["not_a_text"] * 2
    assert [(name["name"], result.get("failure", {}).get("reason")) for name, result in zip(tasks, done.modules)] == [
        (name["name"], reason) for name, reason in zip(tasks, reasons)
    ]
    assert emulator.log() == [] and not list(Path(ansible.directory).glob("*mit*"))
    assert "default(omit, true)" in json.dumps(done.modules[list(TASKS).index("a null")]["problems"])


def test_dates_and_numbers_in_declarations(ansible: Runner, emulator: t.Any) -> None:
    folder = Path(ansible.directory, "tenants")
    folder.mkdir()
    rows = [
        "display_name: 12:30:45",
        "phone_number: +442079460123",
        "phone_number: 2026-01-01",
        "last_name: 1_000",
        "last_name: <<Omit>>",
        "last_name: M\u00c3\u00bcller",
        "usage_location: UK",
    ]
    lines = ["customer_domain: contoso.onmicrosoft.com", "users:"]
    for number, row in enumerate(rows):
        lines += [f"  - user_principal_name: u{number}@contoso.example", f"    {row}"]
    folder.joinpath("contoso.yml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = ansible.tasks(
        [
            {
                "name": "Read",
                "ansible.builtin.debug": {
                    "msg": f"{{{{ query('tenantops.partner_center.declarations', '{folder}') }}}}"
                },
            }
        ]
    )
    assert (
        done.rc
        and all(f"contoso.yml:{3 + 2 * number}" in done.output for number in range(len(rows)))
        and "GB" in done.output
    )


def test_names_and_passwords_of_the_directory(ansible: Runner, emulator: t.Any) -> None:
    rows = [
        {"user_principal_name": "j\u00fcrgen@contoso.example", "display_name": "J\u00fcrgen", "source": "hr.csv:2"},
        {
            "user_principal_name": "grace.hopper@contoso.example",
            "display_name": "Grace Hopper",
            "password": "Grace.Hopper-1",
        },
        {
            "user_principal_name": "adele.vance@contoso.example",
            "previous_user_principal_name": "alex.wilber@contoso.example",
        },
        {
            "user_principal_name": "ada.byron@contoso.example",
            "display_name": "Ada Byron",
            "password": "Correct-Horse-7",
        },
    ]
    result = ansible.module(
        "customer_users", customer_id=CONTOSO, users=rows, credentials_file=str(ansible.directory / "passwords.jsonl")
    )
    assert [(row["status"], row["reason"]) for row in result["rows"]][:2] == [
        ("failed", "name_not_allowed"),
        ("failed", "password_not_allowed"),
    ]
    assert result["rows"][3]["status"] == "changed" and "hr.csv:2" in result["msg"]
    outside = ansible.module(
        "customer_user",
        customer_id=CONTOSO,
        user_principal_name="p@contoso.example",
        display_name="P",
        password="P\u00e4ssw\u00f6rter-12",
    )
    assert outside["failed"] and outside["problems"]
    emulator.fault(
        "status", {"method": "PATCH"}, status=400, body={"code": 3000, "description": "Invalid value for displayName."}
    )
    refused = ansible.module(
        "customer_users",
        customer_id=CONTOSO,
        users=[{"user_principal_name": "adele.vance@contoso.example", "display_name": "A", "source": "hr.yml:3"}],
    )
    assert "hr.yml:3 adele.vance@contoso.example: " in refused["msg"]


def test_lookups_the_consent_and_the_inventory(ansible: Runner, emulator: t.Any) -> None:
    csv = Path(ansible.directory, "users.csv")
    csv.write_text(
        "First name,Last name,Display name,Email,Status update\nMegan,Bowen,Megan Bowen,megan.bowen@contoso.example,\n"
    )
    lookup = "tenantops.partner_center.portal_csv"
    cases = {
        f"query('{lookup}', '{csv}', usage_location=false)": "is the boolean false",
        f"query('{lookup}', '{csv}', usage_location='FALSE')": "YAML read it as a boolean",
        f"query('{lookup}', '{csv}', usage_location='uk')": "GB is the United Kingdom",
        f"query('{lookup}', '{csv}', extra_columns=dict(Phone='<<Omit>>'))": "omit placeholder",
        f"query('{lookup}', '<<omit>>.csv')": "omit placeholder",
        "query('tenantops.partner_center.declarations', '<<Omit>>')": "omit placeholder",
    }
    tasks = [
        {"name": name, "ansible.builtin.debug": {"msg": f"{{{{ {name} }}}}"}, "ignore_errors": True} for name in cases
    ]
    tasks.append(
        {
            "name": "Consent",
            MODULE + "consent": {"refresh_token_file": "<<Omit>>", "vault_id": 7},
            "ignore_errors": True,
        }
    )
    done = ansible.tasks(tasks)
    for record, part in zip(done.records, [*cases.values(), "omit placeholder"]):
        assert record["result"]["failed"] and part in json.dumps(record["result"]), record
    assert done.last["failure"]["reason"] == "omit_left_over" and "vault_id is" in done.last["msg"]
    place = Place(ansible, Path(ansible.directory))
    place.write(refresh_token="<<Omit>>", tenant_id=4711, exclude_domains=["a <<omit>>"])
    refused = place.refusal()
    assert "refresh_token holds" in refused and "4711" in refused and "exclude_domains[0] holds" in refused
    assert emulator.log() == []
