"""A file of the portal in a play: rows to users, results back to a file; and what a file says is never evaluated."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
from support.playbooks import Runner

LOOKUP = "query('tenantops.partner_center.portal_csv', file{})"
FILTER = "tenantops.partner_center.to_portal_csv"
HEADER = "First name;Last name;Display name;Email;Status update"
DOMAIN = "contoso.onmicrosoft.com"
TEMPLATES = (
    "{{ 1 + 1 }} {% if true %}x{% endif %}",
    "{{ lookup('pipe', 'echo ran') }}",
    "{{ undefined_variable }}",
    "{# gone #}!unsafe",
)


def write(directory: Path, *lines: str, encoding: str = "cp1252") -> str:
    """A file as a German Excel writes it; its name for a playbook."""
    path = directory / "users.csv"
    path.write_bytes("\r\n".join([HEADER, *lines, ""]).encode(encoding))
    return str(path)


def play(ansible: Runner, file: str, *tasks: dict[str, t.Any], **kwargs: t.Any) -> t.Any:
    return ansible.tasks(
        [{"name": f"Task {number}", **task} for number, task in enumerate(tasks)],
        play={"vars": {"file": file}},
        **kwargs,
    )


def debug(expression: str) -> dict[str, t.Any]:
    return {"ansible.builtin.debug": {"msg": f"{{{{ {expression} }}}}"}}


@pytest.mark.core_differences
def test_what_a_file_says_is_data_wherever_it_goes(ansible: Runner, tmp_path: Path) -> None:
    """A display name that looks like a template stays as it is: in facts, loops, results, written files, and on the way back."""
    file = write(
        tmp_path, *[f'{{{{ 7 * 7 }}}};;"{text}";user{number}@contoso.example;' for number, text in enumerate(TEMPLATES)]
    )
    copy = {"dest": str(tmp_path / "out.csv"), "mode": "0644"}
    rows = "users | map('combine', {'status': 'failed', 'message': '{' ~ '{ 2 * 21 }' ~ '}'}) | list"
    done = play(
        ansible,
        file,
        {"ansible.builtin.set_fact": {"users": "{{ " + LOOKUP.format(", allow_unsafe=true") + " }}"}},
        {
            "ansible.builtin.set_fact": {
                "again": "{{ users | map(attribute='display_name') | list }}",
                "first": "{{ users[0].display_name }}",
            }
        },
        debug("again + [first, users[1].first_name]"),
        {**debug("item.display_name"), "loop": "{{ users }}"},
        {**debug("item.display_name"), "with_tenantops.partner_center.portal_csv": ["{{ file }}"]},
        {"ansible.builtin.set_fact": {"text": f"{{{{ {rows} | {FILTER}(users) }}}}"}},
        {"ansible.builtin.copy": {"content": "{{ text }}", **copy}},
        {
            "ansible.builtin.set_fact": {
                "back": "{{ query('tenantops.partner_center.portal_csv', '" + copy["dest"] + "', ignore_status=true) }}"
            }
        },
        debug("back | map(attribute='display_name') | list"),
    )
    assert done.rc == 0, done.output
    results = [
        record["result"]
        for record in done.records
        if record["action"].endswith("debug") and record["kind"] in ("ok", "item")
    ]
    shown = [result["msg"] for result in results if "msg" in result]
    everything = list(TEMPLATES)
    loops = [text for text in shown if text in everything]
    assert [*everything, everything[0], "{{ 7 * 7 }}"] in shown and everything in shown and loops == everything * 2
    written = (tmp_path / "out.csv").read_bytes()
    assert written.startswith(b"\xef\xbb\xbfFirst name,") and written.count(b"\r\n") == 5 and written.count(b"\n") == 5
    assert b"{{ 1 + 1 }} {% if true %}" in written and b"Failed: {{ 2 * 21 }}" in written


@pytest.mark.core_differences
def test_options_have_the_types_of_their_documentation(ansible: Runner, tmp_path: Path) -> None:
    path = Path(write(tmp_path, ";;Jürgen;juergen@contoso.example;Created;at;yes"))
    path.write_bytes(path.read_bytes().replace(b"update\r", b"update;Location;Force\r"))
    more = ", usage_location='us', domain_allowed='contoso.example, fabrikam.example', ignore_status='yes'"
    more += ", extra_columns={'Location': 'usage_location', 'Force': 'force_change_password'}, encoding='cp1252'"
    done = play(ansible, str(path), debug(LOOKUP.format(more)))
    assert done.rc == 0, done.output
    row = {
        "display_name": "Jürgen",
        "user_principal_name": "juergen@contoso.example",
        "usage_location": "at",
        "force_change_password": True,
    }
    assert done.records[0]["result"]["msg"] == [{**row, "source": f"{path}:2"}]


@pytest.mark.core_differences
def test_one_error_names_every_problem_and_nothing_is_sent(ansible: Runner, emulator: t.Any, tmp_path: Path) -> None:
    file = write(tmp_path, ";;Ada;ada@contoso.example;", ";;;ada2@contoso.example;x", ";;Bob;ADA@contoso.example;")
    users = {"customer_domain": DOMAIN, "users": "{{ " + LOOKUP.format("") + " }}"}
    done = play(ansible, file, {"tenantops.partner_center.customer_users": users})
    assert done.rc == 2 and emulator.log() == []
    message = done.records[0]["result"]["msg"]
    for place in (f'{file}:3, column "Display name"', f'{file}:3, column "Status update"', f'{file}:4, column "Email"'):
        assert message.count(place) == 1
    assert message.count(", column ") == 3 and f" {file}:2 " in message


def test_files_that_would_make_users_with_other_names_are_refused_before_the_first_request(
    ansible: Runner, emulator: t.Any, tmp_path: Path
) -> None:
    """A foreign code page, what a spreadsheet leaves, and the template of another page; then the same users by the options that load them."""
    mac = write(tmp_path, "Käthe;Groß;Käthe Groß;kaethe@contoso.example;", encoding="mac_roman")
    cells = tmp_path / "cells.csv"
    cells.write_text(HEADER + '\n="Megan";#REF!;="Megan Bowen";megan.bowen@contoso.example;\n')
    entra = tmp_path / "entra.csv"
    heading = "Name [displayName] Required,User name [userPrincipalName] Required,Block sign in (Yes/No) [accountEnabled] Required"
    entra.write_text(f"version:v1.0\n{heading}\nLidia Holloway,lidia.holloway@contoso.example,No\n")

    def users(options: str, file: str) -> dict[str, t.Any]:
        expression = f"{{{{ query('tenantops.partner_center.portal_csv', '{file}'{options}) }}}}"
        task = {"customer_domain": DOMAIN, "credentials_file": str(tmp_path / "credentials.jsonl"), "users": expression}
        return {"tenantops.partner_center.customer_users": task, "ignore_errors": True}

    done = play(ansible, "", users("", mac), users("", str(cells)), users("", str(entra)))
    assert [record["kind"] for record in done.records] == ["failed"] * 3 and emulator.log() == []
    messages = [record["result"]["msg"] for record in done.records]
    assert all(message.count("\n") == 1 for message in messages), messages
    assert (
        "encoding='mac_roman'" in messages[0]
        and f'{cells}:2, column "Last name"' in messages[1]
        and "template='entra'" in messages[2]
    )

    done = play(
        ansible,
        "",
        users(", encoding='mac_roman', usage_location='DE'", mac),
        users(", template='entra', usage_location='US'", str(entra)),
    )
    assert [record["kind"] for record in done.records] == ["ok", "ok"], done.output
    bodies = [entry["body"] for entry in emulator.log() if entry["server"] == "api" and entry["method"] == "POST"]
    assert [body["displayName"] for body in bodies] == ["Käthe Groß", "Lidia Holloway"]


@pytest.mark.core_differences
def test_a_file_becomes_users_and_a_file_with_results_and_passwords(
    ansible: Runner, emulator: t.Any, tmp_path: Path
) -> None:
    """The whole way: created, unchanged and failed users; the file loads again and then changes nothing."""
    journal, target = tmp_path / "credentials.jsonl", tmp_path / "result.csv"
    lines = (
        "Jürgen;Müller;@Jürgen;juergen.mueller@contoso.example;",
        ";;Adele Vance;adele.vance@contoso.example;",
        ";;Bob;bob@nowhere.example;",
    )
    file = write(tmp_path, *lines)
    task = {
        "tenantops.partner_center.customer_users": {
            "customer_domain": DOMAIN,
            "credentials_file": str(journal),
            "users": "{{ " + LOOKUP.format(", **how") + " }}",
        },
        "vars": {"how": {"ignore_status": True}},
        "register": "result",
        "ignore_errors": True,
    }
    content = (
        "{{ result.rows | "
        + FILTER
        + "("
        + LOOKUP.format(", ignore_status=true")
        + f", credentials_file='{journal}') }}}}"
    )
    copy = {"ansible.builtin.copy": {"content": content, "dest": str(target), "mode": "0600"}, "no_log": True}
    done = play(ansible, file, task, copy, verbosity=3)
    assert done.rc == 0, done.output
    lines = target.read_text(encoding="utf-8-sig").splitlines()
    assert target.stat().st_mode & 0o777 == 0o600
    password = json.loads(journal.read_text().splitlines()[-1])["password"]
    assert lines[0] == "First name,Last name,Display name,Email,Status update,Temporary password"
    assert lines[1] == f"Jürgen,Müller,'@Jürgen,juergen.mueller@contoso.example,Created,{password}"
    assert lines[2] == ",,Adele Vance,adele.vance@contoso.example,Already as declared,"
    assert lines[3].startswith(",,Bob,bob@nowhere.example,") and "Failed: " in lines[3] and lines[3].endswith(",")
    assert password not in done.output + json.dumps(done.records)

    emulator.clear_log()
    again = play(ansible, str(target), task)
    assert [row["status"] for row in again.records[0]["result"]["rows"]] == ["ok", "ok", "failed"]
    assert {entry["method"] for entry in emulator.log() if entry["server"] == "api"} == {"GET"}
    assert again.records[0]["result"]["rows"][1]["source"] == f"{target}:3"


def test_a_journal_that_others_can_read_is_refused(ansible: Runner, tmp_path: Path) -> None:
    journal = tmp_path / "credentials.jsonl"
    journal.write_text("")
    journal.chmod(0o644)
    done = play(ansible, "", debug(f"[] | {FILTER}(credentials_file='{journal}')"))
    assert done.rc == 2 and "chmod 600" in done.records[0]["result"]["msg"]


def test_an_encrypted_file_is_read(ansible: Runner, tmp_path: Path) -> None:
    from ansible.parsing.vault import VaultLib, VaultSecret

    path = Path(write(tmp_path, ";;Zoë;zoe@contoso.example;"))
    path.write_bytes(VaultLib([("default", VaultSecret(b"key"))]).encrypt(path.read_bytes()))
    (tmp_path / "key").write_text("key")
    done = play(ansible, str(path), debug(LOOKUP.format("")), extra=["--vault-password-file", str(tmp_path / "key")])
    assert done.rc == 0 and done.records[0]["result"]["msg"][0]["display_name"] == "Zoë", done.output
    assert not list((ansible.directory / "local").rglob("tmp*")), "nothing decrypted is left behind"
