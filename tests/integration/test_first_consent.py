"""From an empty directory to a playbook that works: the consent playbook, with a real browser on the sign-in pages."""

from __future__ import annotations

import json
import re
import threading
import time
import typing as t
from pathlib import Path

import pytest
import requests
from emulator.entra.browser import Browser as Forms
from emulator.entra.standalone import TrustingSession
from support.browser import Browser
from support.playbooks import MODULE, PlaybookRun, Runner

from .conftest import SECRET

SERVICE = "svc-automation@northwind-partner.onmicrosoft.com"
PASSWORD = "emulator-password"
CODE = "246810"
VAULT_PASSWORD = "a-password-of-the-vault"


class Consenting:
    """Runs a playbook in a thread, and knows the address that it wants to have opened.

    The address comes the way it would come to a browser: through the variable BROWSER. It is also on the screen, which the tests look at afterwards.
    """

    def __init__(self, ansible: Runner, directory: Path) -> None:
        self.ansible = ansible
        self._address = directory / "address"
        script = directory / "browser.sh"
        script.write_text(
            f'#!/bin/sh\nprintf %s "$1" > {self._address}.part && mv {self._address}.part {self._address}\n'
        )
        script.chmod(0o700)
        self._env = {"PARTNER_CENTER_REFRESH_TOKEN": None, "BROWSER": f"{script} %s"}
        self._done: list[PlaybookRun] = []
        self._thread: threading.Thread | None = None

    def start(
        self, playbook: t.Any, variables: dict[str, t.Any], env: dict[str, str | None] | None = None, **options: t.Any
    ) -> str:
        """Begin; returns the address as soon as there is one."""
        extra = [
            "-e",
            json.dumps({"consent_open_browser": True, "consent_port": 0, "consent_timeout": 60, **variables}),
        ]

        def run() -> None:
            self._done.append(
                self.ansible.playbook(
                    playbook, extra=[*extra, *options.pop("extra", [])], env={**self._env, **(env or {})}, **options
                )
            )

        self._thread = threading.Thread(target=run)
        self._thread.start()
        end = time.monotonic() + 60
        while not self._address.exists():
            assert time.monotonic() < end and self._thread.is_alive(), (
                self._done[0].output if self._done else "no address came"
            )
            time.sleep(0.05)
        return self._address.read_text()

    def end(self) -> PlaybookRun:
        """What came of it."""
        t.cast(threading.Thread, self._thread).join(90)
        return self._done[0]


def test_from_nothing_to_the_demo_through_a_real_browser(
    browser: Browser, ansible: Runner, emulator: t.Any, running: t.Any, tmp_path: Path
) -> None:
    """As on the first day: a directory without anything, and an application that nobody has consented to."""
    emulator.consent(running.info["client_id"], given=False)
    token_file = tmp_path / "empty" / "refresh-token"
    token_file.parent.mkdir()
    consenting = Consenting(ansible, tmp_path)
    address = consenting.start(
        MODULE + "consent", {"consent_refresh_token_file": str(token_file), "consent_user": SERVICE}, verbosity=4
    )
    browser.go(address)
    browser.until("document.getElementById('password') !== null")
    browser.click("#password")
    browser.keys(PASSWORD)
    browser.click("#next")
    browser.until("document.getElementById('code') !== null")
    browser.click("#code")
    browser.keys(CODE)
    browser.click("#verify")
    browser.until("document.getElementById('accept') !== null")
    assert browser.displayed("#permissions") == ["https://api.partnercenter.microsoft.com/user_impersonation"]
    browser.click("#accept")
    browser.until("document.getElementById('done') !== null")
    page = browser.js("document.body.innerText")
    assert f"{SERVICE} signed in with MFA" in page and str(token_file) in page
    done = consenting.end()
    assert done.rc == 0, done.output
    assert address in done.stderr and "svc-automation" in done.stdout
    token = token_file.read_text().strip()
    assert token_file.stat().st_mode & 0o077 == 0
    for secret in (token, SECRET, PASSWORD, "eyJ"):
        assert secret not in done.output + json.dumps(done.records) + page

    again = ansible.playbook(
        MODULE + "consent",
        env={"PARTNER_CENTER_REFRESH_TOKEN": None},
        extra=["-e", f"consent_refresh_token_file={token_file}"],
    )
    assert again.rc == 0 and not again.last["changed"] and token_file.read_text().strip() == token, again.output
    demo = ansible.playbook(
        MODULE + "demo",
        env={
            "PARTNER_CENTER_REFRESH_TOKEN": None,
            "PARTNER_CENTER_REFRESH_TOKEN_FILE": str(token_file),
            "PARTNER_CENTER_EMULATOR_CONTROL_URL": running.info["control_url"],
        },
    )
    assert demo.rc == 0 and "Step 9" in demo.stdout, demo.output


@pytest.mark.core_differences_thorough
def test_into_a_vault_file_and_from_it_into_a_play(ansible: Runner, running: t.Any, tmp_path: Path) -> None:
    variables, password = tmp_path / "partner_center.yml", tmp_path / "password"
    variables.write_text("# ours\nother: 1\n")
    password.write_text(VAULT_PASSWORD)
    vault = ["--vault-password-file", str(password)]
    consenting = Consenting(ansible, tmp_path)
    address = consenting.start(MODULE + "consent", {"consent_vault_file": str(variables)}, extra=vault)
    forms = Forms(TrustingSession(Path(running.info["ca_path"])))
    forms.open(address)
    forms.press("next", login=SERVICE, password=PASSWORD)
    forms.press("verify", code=CODE)
    assert "Signed in" in requests.get(t.cast(str, forms.page.left), timeout=20).text
    done = consenting.end()
    assert done.rc == 0, done.output
    text = variables.read_text()
    assert (
        text.startswith("# ours\nother: 1\nvault_partner_center_refresh_token: !vault |\n")
        and variables.stat().st_mode & 0o077 == 0
    )
    play = {"vars_files": [str(variables)]}
    task = {
        "name": "Sign in",
        MODULE + "access_token_info": {"refresh_token": "{{ vault_partner_center_refresh_token }}"},
    }
    tasks = [task, {"name": "Other", "ansible.builtin.debug": {"var": "other"}}]
    read = ansible.tasks(tasks, play=play, env={"PARTNER_CENTER_REFRESH_TOKEN": None}, extra=vault)
    assert read.rc == 0, read.output
    again = ansible.playbook(
        MODULE + "consent",
        env={"PARTNER_CENTER_REFRESH_TOKEN": None},
        extra=["-e", f"consent_vault_file={variables}", *vault],
    )
    assert again.rc == 0 and not again.last["changed"] and variables.read_text() == text, again.output


def test_a_code_on_another_device_for_a_public_client(
    ansible: Runner, running: t.Any, emulator: t.Any, tmp_path: Path
) -> None:
    """The code is read where a person without a terminal would read it: in Ansible's log. While it waits, a connection breaks and the service fails."""
    emulator.set(device_code_interval=1)
    polls = {"server": "login", "method": "POST", "path": "/oauth2/v2.0/token"}
    emulator.fault("drop_before", polls)
    emulator.fault("status", polls, status=503)
    log, token_file = tmp_path / "ansible.log", tmp_path / "refresh-token"
    env: dict[str, str | None] = {
        "PARTNER_CENTER_REFRESH_TOKEN": None,
        "PARTNER_CENTER_CLIENT_SECRET": None,
        "PARTNER_CENTER_CLIENT_ID": "0f3a5c7e-9b1d-4e2f-8a6c-1d3e5f7a9b02",
        "ANSIBLE_LOG_PATH": str(log),
    }
    extra = [
        "-e",
        json.dumps(
            {"consent_flow": "device_code", "consent_refresh_token_file": str(token_file), "consent_timeout": 60}
        ),
    ]
    done: list[PlaybookRun] = []
    thread = threading.Thread(target=lambda: done.append(ansible.playbook(MODULE + "consent", extra=extra, env=env)))
    thread.start()
    end = time.monotonic() + 60
    shown = None
    while shown is None:
        assert time.monotonic() < end and thread.is_alive(), done[0].output if done else "no code came"
        shown = re.search(
            r"Open (https://\S+) on any device, enter the code (\w+)", log.read_text() if log.exists() else ""
        )
        time.sleep(0.05)
    forms = Forms(TrustingSession(Path(running.info["ca_path"])))
    forms.open(shown[1])
    forms.press("next", user_code=shown[2])
    forms.press("next", login=SERVICE, password=PASSWORD)
    forms.press("verify", code=CODE)
    if "accept" in forms.page.buttons:
        forms.press("accept")
    thread.join(90)
    assert done[0].rc == 0, done[0].output
    assert [rule["fired"] for rule in emulator.faults()] == [1, 1]
    assert done[0].last["mfa"] and "public client" in " ".join(done[0].last["warnings"])
    token = token_file.read_text().strip()
    assert token not in done[0].output + log.read_text() and "device_code" not in log.read_text()


@pytest.mark.core_differences_thorough
def test_what_cannot_be_meant_is_refused_before_anything_is_shown(
    ansible: Runner, emulator: t.Any, tmp_path: Path
) -> None:
    consent = MODULE + "consent"
    file = {"refresh_token_file": str(tmp_path / "token")}
    tasks: list[dict[str, t.Any]] = [
        {"name": "trap", consent: {**file, "flow": "device_code"}},
        {"name": "nowhere", consent: {}},
        {
            "name": "many",
            consent: {
                "refresh_token_file": "/nowhere/token",
                "redirect_port": 70000,
                "user_principal_name": "svc",
                "client_id": "x",
            },
        },
        {"name": "vault", consent: {"vault_file": str(tmp_path / "v.yml"), "vault_variable": "not a name"}},
        {"name": "given", consent: {**file, "refresh_token": "{{ given }}", "auth_method": "client_credentials"}},
        {"name": "unknown", consent: {**file, "no_such_option": 1}},
        {"name": "check", consent: file, "check_mode": True},
        {"name": "alone", consent: {**file, "sign_in_timeout": 1, "redirect_port": 0}},
    ]
    for task in tasks:
        task["ignore_errors"] = True
    emulator.clear_log()
    env = {"PARTNER_CENTER_REFRESH_TOKEN": None, "GIVEN": "Canary-Zq7-token"}
    done = ansible.tasks(
        tasks, env=env, play={"vars": {"given": "{{ lookup('ansible.builtin.env', 'GIVEN') }}"}}, verbosity=3
    )
    trap, nowhere, many, vault, given, unknown, check, alone = done.modules
    assert "AADSTS700025" in trap["msg"] and "flow authorization_code" in trap["msg"]
    assert nowhere["failure"]["reason"] == "option_missing"
    assert len(many["problems"]) == 4, many
    assert len(vault["problems"]) == 2 and "--vault-id" in vault["msg"], vault
    assert given["failure"]["reason"] == "contradiction" and len(given["problems"]) == 2
    assert unknown["failed"] and "no_such_option" in unknown["msg"]
    assert check["changed"] and not check["failed"]
    assert alone["failure"]["error_class"] == "not_signed_in" and "AADSTS50011" in alone["msg"]
    assert [entry["path"] for entry in emulator.log(server="login") if "openid" not in entry["path"]] == []
    assert not (tmp_path / "token").exists() and "Canary" not in done.output
    (shown,) = re.findall(r"^https://\S+", done.stderr, re.MULTILINE)
    assert "/authorize?" in shown
