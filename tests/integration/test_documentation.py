"""Every example of the documentation is run, every link leads somewhere, and every table from the code is the code's."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import typing as t
from pathlib import Path

import pytest
import yaml
from support import documentation
from support.documentation import PAGES, ROOT, URL, Block
from support.playbooks import FRESH, MODULE, PlaybookRun, Runner

from .conftest import REFRESH_TOKEN, SECRET

# What the examples say, and what stands for it in a test. Paths become paths in a temporary directory.
CREDENTIALS = "{{ playbook_dir }}/credentials.jsonl"
PROJECTED = "/var/run/secrets/identity/token"
RECORD = "{{ playbook_dir }}/technicians.jsonl"
DELETED = "{{ playbook_dir }}/deleted"
PATHS = (PROJECTED,)
VARIABLES = {
    "vault_partner_center_client_secret": SECRET,
    "vault_partner_center_refresh_token": REFRESH_TOKEN,
    "vault_break_glass_password": "Correct-Horse-7-Battery",
    "vault_azure_pack_password": "emulator-adfs-password",
}
SIGN_IN = ("TENANT_ID", "CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN")

EXAMPLES = [*documentation.module_examples(), *documentation.blocks("yaml")]
RUN = [block for block in EXAMPLES if block.reason is None]
by_name = pytest.mark.parametrize("block", RUN, ids=[block.name for block in RUN])
each_page = pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])


class Example:
    """Runs an example with the files that it mentions."""

    def __init__(self, ansible: Runner, running: t.Any, directory: Path) -> None:
        self.ansible = ansible
        self.directory = directory
        self.control = running.info["control_url"]
        state = Path(running.info["ca_path"]).parent
        self.files = {
            CREDENTIALS: directory / "credentials.jsonl",
            "playbook_dir ~ '/credentials.jsonl'": f"'{directory / 'credentials.jsonl'}'",
            RECORD: directory / "technicians.jsonl",
            DELETED: directory / "deleted",
            PROJECTED: Path(running.control.assertion_file("kubernetes")),
            "~/.partner-center/refresh-token": directory / "refresh-token",
            "~/.partner-center/client.pem": state / "client.pem",
            ".state/emulator/emulator.json": state / "emulator.json",
            ".state/emulator/emulator.env": state / "emulator.env",
            "adfs.northwind.example": running.info["azure_pack_auth_url"],
        }
        token = self.files["~/.partner-center/refresh-token"]
        token.write_text(REFRESH_TOKEN)
        token.chmod(0o600)

    def text(self, text: str) -> str:
        """The example with the paths of the test."""
        for written, real in self.files.items():
            text = text.replace(written, str(real))
        return text

    def run(self, text: str, alone: bool = FRESH) -> PlaybookRun:
        """Run it. An example that says how to sign in gets no sign-in from the environment.

        :param alone: with an ansible-playbook of its own. That is so for plays anyway, and for tasks that need files or variables there.
        """
        own = "client_id:" in text
        env: dict[str, str | None] = {f"PARTNER_CENTER_{name}": None for name in SIGN_IN} if own else {}
        (play,) = plays = documentation.as_playbook(self.text(text))
        if (
            not alone
            and not own
            and play["name"] == documentation.NAME
            and "playbook_dir" not in self.text(text)
            and "ansible.builtin.env" not in text
        ):
            return self.ansible.step(play["tasks"], env=env, vars=VARIABLES)
        env["EMULATOR_CONTROL"] = self.control
        extra = [word for name, value in VARIABLES.items() for word in ("-e", f"{name}={value}")]
        return self.ansible.playbook(plays, env=env, extra=extra)


@pytest.fixture
def example(ansible: Runner, running: t.Any, tmp_path: Path) -> Example:
    return Example(ansible, running, tmp_path)


def the(page: str, *words: str, language: str = "yaml") -> Block:
    """The one block of a page that holds these words."""
    (found,) = [
        block
        for block in documentation.blocks(language)
        if block.page == page and all(word in block.text for word in words)
    ]
    return found


# Examples


@by_name
def test_an_example_runs(example: Example, block: Block) -> None:
    done = example.run(block.text)
    assert done.rc == 0, done.output
    assert not [record for record in done.records if record["kind"] in ("failed", "unreachable")], done.output
    named = set(re.findall(r"tenantops\.partner_center\.(\w+):", block.text))
    assert named - {"partner_center", "azure_pack"} == {
        record["action"].removeprefix(MODULE) for record in done.records if record["action"].startswith(MODULE)
    }


def test_the_rehearsal_of_the_emulator_page_shows_what_it_says(example: Example) -> None:
    done = example.run(the("docs/emulator.md", "Let 31 days pass").text)
    assert "30 days" in done.last["msg"]


@pytest.mark.parametrize(
    "block", [block for block in documentation.blocks("sh") if "curl" in block.text], ids=lambda block: block.name
)
def test_a_call_of_the_emulator_does_what_is_shown(example: Example, emulator: t.Any, block: Block) -> None:
    seed = ROOT / "tests" / "emulator" / "seeds" / "demo.yml"
    (example.directory / "my-customers.yml").write_text(seed.read_text())
    env = {"PATH": os.environ["PATH"], "NO_PROXY": "*", "EMULATOR_CONTROL": example.control}
    command = ["bash", "-euo", "pipefail", "-c", block.text.replace("curl -sS", "curl -sS --fail-with-body")]
    done = subprocess.run(command, cwd=example.directory, env=env, capture_output=True, text=True, check=False)
    emulator.reset(seed)  # the file of this test is not to be the seed of others
    assert done.returncode == 0 and '{"error"' not in done.stdout, done.stdout + done.stderr


def test_the_files_of_the_emulator_say_what_the_page_reads_from_them(example: Example, emulator: t.Any) -> None:
    block = the("docs/emulator.md", "emulator.env", language="sh")
    done = subprocess.run(
        ["bash", "-euc", example.text(block.text) + "env"],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    variables = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    assert variables["EMULATOR_CONTROL"] == example.control
    own = {name: value for name, value in variables.items() if name.startswith("PARTNER_CENTER_")}
    assert Runner(own).module("customer_info")["customers"]


def test_almost_nothing_is_left_out() -> None:
    left_out = [block for block in EXAMPLES if block.reason is not None]
    assert {block.reason for block in left_out} <= set(documentation.REASONS)
    assert len(left_out) == 2, [block.name for block in left_out]
    # A remark that stands before something else would only look like one.
    assert sum(page.read_text(encoding="utf-8").count("<!-- not run") for page in PAGES) == len(left_out)
    assert len(RUN) >= 20


def test_every_module_is_shown_in_a_guide() -> None:
    shown = "".join(block.text for block in documentation.blocks("yaml"))
    for path in documentation.MODULES:
        assert f"{MODULE}{path.stem}:" in shown


def test_the_examples_name_no_other_files() -> None:
    """What is not in the table of substitutions would be written on the machine that runs the tests."""
    for block in RUN:
        text = block.text
        for path in PATHS:
            text = text.replace(path, "")
        assert not re.findall(r"(?<![\w/.:}])~?/(?:etc|root|home|tmp|var|opt)/\S*", text), block.name


def test_the_rescues_of_the_error_page_do_what_they_say(example: Example, emulator: t.Any) -> None:
    emulator.fault("throttle", {"server": "api", "method": "PATCH"}, retry_after=3000, times=None)
    rescued = example.run(the("docs/errors.md", "Only throttling is worth another try").text, alone=True)
    assert rescued.rc == 0 and "rescued=1" in rescued.stdout, rescued.output
    emulator.clear_faults()
    emulator.fault(
        "status", {"server": "api", "method": "PATCH"}, status=403, body={"code": 900308, "description": "No."}
    )
    reported = example.run(the("docs/errors.md", "Write down what support will ask for").text, alone=True)
    (failed,) = [
        record["result"]
        for record in reported.records
        if record["kind"] == "failed" and record["action"] == "ansible.builtin.fail"
    ]
    assert (
        reported.rc == 2
        and "HTTP 403, code 900308" in str(failed["msg"])
        and "correlation id -" not in str(failed["msg"])
    )


def test_the_passwords_can_be_read_as_shown(example: Example, emulator: t.Any) -> None:
    create = the("docs/users.md", "user_principal_name: grace.hopper@contoso.example")
    made = example.run(create.text).last["user"]
    script = example.text(the("docs/users.md", "jq -nRr", language="sh").text)
    done = subprocess.run(["bash", "-euc", script], cwd=example.directory, capture_output=True, text=True, check=True)
    name, password = done.stdout.rstrip("\n").split("\t")
    assert name == "grace.hopper@contoso.example"
    assert emulator.check_password("1c9a6a52-0c6e-4f0e-8f3d-6d1b7a2f9b01", made["id"], password)["matches"]


def test_the_certificate_is_made_as_shown_and_is_usable(tmp_path: Path) -> None:
    subprocess.run(
        ["bash", "-euc", the("docs/sign-in.md", "openssl", language="sh").text],
        cwd=tmp_path,
        capture_output=True,
        check=True,
    )
    pem = (tmp_path / "client.pem").read_text()
    assert (tmp_path / "client.pem").stat().st_mode & 0o077 == 0
    assert "PRIVATE KEY" in pem and "CERTIFICATE" in pem


# Tables, links, names


def test_the_output_of_the_demo_is_its_output(ansible: Runner, running: t.Any) -> None:
    settings = {**documentation.DEMO_SETTINGS, "PARTNER_CENTER_EMULATOR_CONTROL_URL": running.info["control_url"]}
    done = ansible.playbook(f"{MODULE}demo", diff=True, env=settings)
    text = (ROOT / "docs" / "demo.md").read_text(encoding="utf-8")
    assert done.rc == 0, done.output
    assert documentation.with_demo(text, documentation.demo_output(done.stdout)) == text, (
        "run: PYTHONPATH=tests .venv/bin/python -m support.documentation"
    )


@each_page
def test_the_tables_are_those_of_the_code(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert documentation.with_tables(text) == text, "run: PYTHONPATH=tests .venv/bin/python -m support.documentation"


def test_every_table_is_on_some_page() -> None:
    assert sorted(name for page in PAGES for name in documentation.tables_of(page)) == sorted(documentation.tables())


def test_every_error_class_is_explained() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    explained = set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))
    assert documentation.error_classes() <= explained


@pytest.mark.parametrize(("page", "target"), sorted(set(documentation.links())))
def test_a_link_leads_somewhere(page: str, target: str) -> None:
    if not target.startswith("https://"):
        assert page != "README.md", f"{page}: {target} is relative, and breaks where the page is shown elsewhere"
        path, _hash, anchor = target.partition("#")
        place = (ROOT / page).parent / path if path else ROOT / page
    elif target.startswith((f"{documentation.SITE}blob/", f"{documentation.SITE}tree/")):
        assert page == "README.md" and target.startswith(URL), f"{page}: {target} is for this version a relative link"
        path, _hash, anchor = target.removeprefix(URL).partition("#")
        place = ROOT / path
    else:
        return  # outside of the repository only the protocol can be checked
    assert place.exists(), f"{page}: there is no {path}"
    assert not anchor or anchor in documentation.anchors(place), f"{page}: {path} has no heading {anchor}"


@pytest.mark.parametrize(("page", "target"), documentation.pictures())
def test_a_picture_is_of_this_repository(page: str, target: str) -> None:
    if "img.shields.io" in target:
        return
    name = target.removeprefix(documentation.PICTURES) if page == "README.md" else target.removeprefix("images/")
    assert name != target and (ROOT / "docs" / "images" / name).is_file(), f"{page}: {target}"


def test_the_readme_fits_into_160_lines() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 160


@each_page
def test_the_commands_shown_exist(page: Path) -> None:
    shown = set(re.findall(r"(?:^\s*(?:\$ )?|`|&& )make ([a-z]+)", page.read_text(encoding="utf-8"), re.MULTILINE))
    assert shown <= documentation.make_targets()


@each_page
def test_the_environment_variables_named_exist(page: Path) -> None:
    named = set(re.findall(r"\b(?:PARTNER_CENTER|AZURE)_[A-Z_]*[A-Z]\b", page.read_text(encoding="utf-8")))
    assert named <= documentation.variables_of_options() | {"PARTNER_CENTER_EMULATOR_CONTROL_URL"}


def test_the_starter_applies_and_a_second_run_changes_nothing(ansible: Runner, tmp_path: Path) -> None:
    folder = tmp_path / "starter"
    shutil.copytree(ROOT / "docs" / "examples" / "starter", folder)
    first, second = (ansible.playbook(str(folder / "users.yml")) for dummy in range(2))
    assert first.rc == second.rc == 0, first.output + second.output
    assert "changed=2" in first.stdout and "changed=0" in second.stdout
    assert (folder / "credentials.jsonl").stat().st_mode & 0o077 == 0
    pack = ansible.playbook(str(folder / "azure_pack.yml"))
    assert pack.rc == 0 and "liam@tenants.example: suspended" in pack.stdout, pack.output
    drift = ansible.playbook(f"{MODULE}drift_report", extra=["-e", f"drift_directory={folder / 'tenants'}"], check=True)
    assert drift.rc == 0 and "no_drift" in drift.stdout, drift.output


def test_no_password_of_the_starter_gets_into_git_or_the_tarball() -> None:
    assert "/docs/examples/starter/credentials.jsonl" in (ROOT / ".gitignore").read_text().splitlines()
    assert (
        "docs/examples/starter/credentials.jsonl" in yaml.safe_load((ROOT / "galaxy.yml").read_text())["build_ignore"]
    )
