"""A task gives the same in Ansible's worker as in a process of its own: results, warnings, requests, files."""

from __future__ import annotations

import json
import re
import typing as t
from pathlib import Path

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret
from support.both_ways import Seen, differences, modules_of, run_both_ways
from support.documentation import MODULES
from support.playbooks import MODULE, Runner

from .conftest import CONTOSO, FABRIKAM

PASSWORD = "Canary-Zq7-password-given"
SECRETS = ("Canary-Zq7", "eyJ", "emulator-client-secret")
HERE = re.compile(r"^<\w+> tenantops\.\S+: runs (in place|as a module), because", re.MULTILINE)

PLAYBOOK = """
- name: Both ways
  hosts: localhost
  gather_facts: false
  ignore_errors: true
  vars:
    contoso: {contoso}
    canary: "{{{{ lookup('ansible.builtin.env', 'CANARY_PASSWORD') }}}}"
    people:
      - {{user_principal_name: ann@contoso.example, display_name: Ann, usage_location: US}}
      - {{user_principal_name: ben@contoso.example, display_name: Ben, usage_location: US, password: "{{{{ canary }}}}"}}
  module_defaults:
    group/tenantops.partner_center.partner_center: {{timeout: 45, max_wait: 60}}
    tenantops.partner_center.customer_user: {{customer_id: "{{{{ contoso }}}}", usage_location: US}}
  tasks:
    - tenantops.partner_center.access_token_info:
      register: token
    - tenantops.partner_center.customer_info: {{customer_domain: contoso.onmicrosoft.com, include: [subscribed_skus]}}
      throttle: 1
      run_once: true
    - tenantops.partner_center.customer_user: &create
        user_principal_name: grace@contoso.example
        display_name: "{{{{ 'Grace' }}}}"
        first_name: !unsafe "{{{{ Grace }}}}"
        last_name: "{{{{ omit }}}}"
        password: "{{{{ canary }}}}"
        licenses: "{{{{ ('EMS',) }}}}"
      diff: true
      check_mode: true
      register: predicted
    - tenantops.partner_center.customer_user: *create
    - tenantops.partner_center.customer_user:
        user_principal_name: grace@contoso.example
        display_name: "{{{{ predicted.operations[0].action }}}}"
        access_token: "{{{{ token.access_token }}}}"
        licenses: {{remove: ["{{{{ 'EMS' }}}}"]}}
        roles: {{set: "{{{{ ['Reports Reader'] }}}}"}}
      loop: [1, 2]
    - name: Types that only the front door sees
      tenantops.partner_center.customer_user:
        user_principal_name: bad@contoso.example
        display_name: 2026-01-01
        first_name: [Ann]
        last_name: {{Ann: Lee}}
        phone_number: 441234567
        immutable_id: null
        licenses: {{add: null, remove: [2026-01-01], "{{{{ 'ad' }}}}": [x]}}
        roles: {{set: [1, no]}}
        password: 2026-01-01T10:00:00Z
    - name: An option that there is not
      tenantops.partner_center.customer_user: {{user_id: x, pasword: "{{{{ canary }}}}"}}
    - tenantops.partner_center.customer_users:
        customer_id: "{{{{ contoso }}}}"
        users: "{{{{ people }}}}"
        credentials_file: "{{{{ scratch }}}}/credentials.jsonl"
        progress_file: "{{{{ scratch }}}}/progress.json"
        max_parallel: 1
      diff: true
      vars: {{partner_center_progress_seconds: 0.01}}
    - tenantops.partner_center.customer_users:
        customer_id: "{{{{ contoso }}}}"
        users:
          - {{user_principal_name: ann@contoso.example, display_name: 2026-01-01, first_name: "<<Omit>>"}}
          - {{user_principal_name: nobody, state: present, roles: [Nobody]}}
        defaults: {{password: x}}
    - tenantops.partner_center.customer_users:
        customers:
          - {{customer_id: "{{{{ contoso }}}}", users: [{{user_principal_name: ann@contoso.example, state: absent}}]}}
        mode: plan
        plan_file: plan.json
      environment: {{HOME: "{{{{ scratch }}}}"}}
    - name: Relative paths begin where the playbook is
      tenantops.partner_center.customer_users:
        customers:
          - {{customer_id: "{{{{ contoso }}}}", users: [{{user_principal_name: ann@contoso.example, state: absent}}]}}
        mode: apply
        plan_file: plan.json
    - tenantops.partner_center.customer_user_info:
        customer_id: "{{{{ contoso }}}}"
        user_principal_name: ann@contoso.example
        include: [licenses, roles]
    - name: Another sign-in from the environment
      tenantops.partner_center.customer_user_info: {{customer_id: {fabrikam}, state: deleted}}
      environment: {{PARTNER_CENTER_CLIENT_SECRET: "not-{{{{ 1 }}}}-of-ours"}}
    - tenantops.partner_center.refresh_token: {{dest: "~/renewed"}}
      environment: {{HOME: "{{{{ scratch }}}}"}}
    - tenantops.partner_center.probe:
        customer_id: "{{{{ contoso }}}}"
        confirm_customer_domain: contoso.onmicrosoft.com
        report_file: "{{{{ scratch }}}}/report.json"
        journal_file: "{{{{ scratch }}}}/journal.jsonl"
      check_mode: true
    - tenantops.partner_center.license_info: {{customers: [contoso.onmicrosoft.com]}}
    - tenantops.partner_center.verify_audit_log: {{audit_log: "{{{{ scratch }}}}/none.log"}}
    - tenantops.partner_center.sign_in_info: {{customers: [contoso.onmicrosoft.com]}}
    - tenantops.partner_center.azure_pack_access_token_info: {{}}
    - tenantops.partner_center.azure_pack_user: {{name: new@x.example, email: new@x.example}}
    - tenantops.partner_center.azure_pack_users: {{users: [{{name: new@x.example, state: suspended}}, {{name: 5}}]}}
    - tenantops.partner_center.azure_pack_user_info: {{search: new}}
    - name: A failure that is rescued
      block:
        - tenantops.partner_center.customer_user: {{user_id: nobody}}
          ignore_errors: false
      rescue:
        - ansible.builtin.debug: {{var: ansible_failed_result}}
        - ansible.builtin.debug: {{var: ansible_failed_task.action}}
    - ansible.builtin.debug: {{var: token.keys()}}
    - name: Look for temporary files
      ansible.builtin.set_fact:
        local: "{{{{ lookup('ansible.builtin.pipe', 'find ' ~ lookup('ansible.builtin.env', 'ANSIBLE_LOCAL_TEMP')) }}}}"
"""


@pytest.mark.core_differences
def test_the_result_is_the_same(ansible: Runner, emulator: t.Any, tmp_path: Path) -> None:
    playbook = PLAYBOOK.format(contoso=CONTOSO, fabrikam=FABRIKAM)
    env = {"CANARY_PASSWORD": PASSWORD}
    runs = run_both_ways(ansible, emulator, playbook, tmp_path, verbosity=4, env=env)
    for way, words in (("auto", "in place"), ("module", "as a module")):
        done, seen = runs[way]
        ran = modules_of(done)
        assert ran == {module.stem for module in MODULES} - {"consent"}, done.output[-3000:]
        assert set(HERE.findall(done.output)) == {words}
        assert not [secret for secret in SECRETS if secret in done.output], "canaries at -vvvv"
        local = str(done.records[-1]["result"]["ansible_facts"]["local"])
        seen.results.pop()
        assert ("ansiballz_cache" in local) is (way == "module"), local
        assert seen.results and seen.requests and {"plan.json", "renewed"} < set(seen.files) and not seen.warnings, (
            seen.warnings
        )
    found = differences(runs["auto"][1], runs["module"][1])
    assert not found, "\n".join(found)


HOSTS = """
- name: Hosts
  hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.add_host:
        name: "{{{{ item }}}}"
        groups: people
        ansible_connection: local
        ansible_python_interpreter: "{{{{ ansible_playbook_python }}}}"
      loop: [ann, ben]
- name: Both ways
  hosts: people
  strategy: {strategy}
  gather_facts: false
  vars:
    secret: !vault |
{vault}
    person: {{user_principal_name: "{{{{ inventory_hostname }}}}@contoso.example", password: "{{{{ secret }}}}"}}
  tasks:
    - tenantops.partner_center.customer_user:
        customer_id: {contoso}
        user_principal_name: "{{{{ person.user_principal_name }}}}"
        display_name: "{{{{ inventory_hostname | title }}}}"
        password: "{{{{ person.password }}}}"
        force_change_password: false
      register: made
    - tenantops.partner_center.customer_users: {{customer_id: {contoso}, users: ["{{{{ person }}}}"]}}
      throttle: 1
    - ansible.builtin.debug: {{msg: "{{{{ made.changed }}}} {{{{ made.operations | map(attribute='action') | list }}}}"}}
"""


def vaulted(text: str, password: str) -> str:
    """A value as ``ansible-vault encrypt_string`` writes it below a key."""
    secret = VaultSecret(password.encode())
    encrypted = VaultLib([("default", secret)]).encrypt(text, secret).decode()
    return "\n".join(f"      {line}" for line in encrypted.splitlines())


@pytest.mark.parametrize("strategy", ["free", "host_pinned"])
def test_strategies_and_vaulted_values_are_the_same(
    strategy: str, ansible: Runner, emulator: t.Any, tmp_path: Path
) -> None:
    opener = tmp_path / "vault-password"
    opener.write_text("opener")
    playbook = HOSTS.format(strategy=strategy, contoso=CONTOSO, vault=vaulted(PASSWORD, "opener"))
    env = {"ANSIBLE_VAULT_PASSWORD_FILE": str(opener)}
    runs = run_both_ways(ansible, emulator, playbook, tmp_path, verbosity=2, env=env)
    for way, words in (("auto", "in place"), ("module", "as a module")):
        done, seen = runs[way]
        assert done.rc == 0, done.output
        assert set(HERE.findall(done.output)) == {words} and PASSWORD not in done.output
        posts = [entry for entry in seen.requests if '["POST", "/v1/' in entry]
        assert len(posts) == 2, "one create for each host"
        # Hosts come in any order, and their ids with them.
        results = sorted(re.sub(r'"[A-Z]+-\d+"', '"ID"', json.dumps(result, sort_keys=True)) for result in seen.results)
        seen.results = [json.loads(result) for result in results]
        seen.requests = sorted(re.sub(r"[A-Z]+-\d+", "ID", entry) for entry in seen.requests)
    found = differences(runs["auto"][1], runs["module"][1])
    assert not found, "\n".join(found)


def test_a_difference_would_be_found() -> None:
    one = Seen(0, [{"task": "a", "result": {"rows": [{"x": 1}]}}], [], [["GET", "/v1"]], {"f": ["-rw-------", "x"]})
    for change in (
        {"status": 2},
        {"results": [{"task": "a", "result": {"rows": [{"x": True}, {}]}}]},
        {"results": [{"task": "a", "result": {"rows": [{"x": None}]}}]},
        {"warnings": ["[WARNING]: x"]},
        {"requests": []},
        {"files": {"f": ["-rw-r--r--", "x"]}},
        {"files": {}},
    ):
        other = Seen(**{**vars(one), **change})
        assert len(differences(one, other)) == 1, change
    assert differences(one, one) == []


def test_nothing_is_written_where_modules_are_kept(ansible: Runner, emulator: t.Any, tmp_path: Path) -> None:
    """There is not even a place for it."""
    nowhere = tmp_path / "file"
    nowhere.write_text("")
    task = {"name": "Run", MODULE + "customer_user_info": {"customer_id": CONTOSO}}
    env = {"ANSIBLE_REMOTE_TEMP": str(nowhere / "tmp"), "HOME": str(tmp_path)}
    done = ansible.tasks([task], env=env)
    assert done.rc == 0 and done.last["users"] and done.last["requests"]["reads"] == 1
    shipped = ansible.tasks([task], env=env, extra=["-e", "partner_center_execution=module"])
    assert shipped.rc != 0


def test_another_word_for_the_way_is_refused(ansible: Runner, emulator: t.Any) -> None:
    task = {"name": "Run", MODULE + "customer_user_info": {"customer_id": CONTOSO}}
    done = ansible.tasks([task], extra=["-e", "partner_center_execution=worker"])
    assert done.rc != 0 and done.last["failure"]["reason"] == "not_a_choice" and emulator.log() == []
