# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a release consists of: the same bytes from the same commit, a list of materials, and a signature that ansible-galaxy checks."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import typing as t
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
FQCN = "tenantops.partner_center"
BIN = Path(sys.executable).parent
sys.path.append(str(ROOT / "scripts" / "dev"))

import release  # noqa: E402

MOMENT = 1_700_000_000


def checkout(place: Path, backwards: bool) -> Path:
    """A copy of what git would commit, whose files came in another order and at another time."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listing.returncode:
        pytest.skip("this is not a git checkout")
    names = sorted(filter(None, listing.stdout.split("\0")), reverse=backwards)
    for number, name in enumerate(name for name in names if (ROOT / name).is_file()):
        target = place / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target)
        target.chmod(0o600 if backwards else 0o644)
        os.utime(target, (number, number))
    return place


@pytest.fixture(scope="module")
def tarball(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("release")
    return release.build(checkout(place / "one", False), place / "files", MOMENT)


def test_two_builds_have_the_same_bytes(tarball: Path, tmp_path: Path) -> None:
    again = release.build(checkout(tmp_path / "two", True), tmp_path / "files", MOMENT)
    assert hashlib.sha256(again.read_bytes()).digest() == hashlib.sha256(tarball.read_bytes()).digest()
    with tarfile.open(tarball) as archive:
        members = archive.getmembers()
    assert {(member.mtime, member.uid, member.gid, member.uname) for member in members} == {(MOMENT, 0, 0, "")}
    assert len(members) > 200


def test_the_list_of_materials_is_valid_and_complete(tarball: Path, tmp_path: Path) -> None:
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    path = release.materials(tarball, tmp_path)
    text = path.read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    document = json.loads(text)
    lines = (ROOT / "meta" / "ee-requirements.txt").read_text().splitlines()
    needed = {line.partition(">=")[0] for line in lines if line and not line.startswith("#")}
    versions = {each["name"]: each["version"] for each in document["components"]}
    assert versions.keys() == needed | {"ansible-core"} and all(versions.values())
    component = document["metadata"]["component"]
    assert component["hashes"][0]["content"] == hashlib.sha256(tarball.read_bytes()).hexdigest()
    assert component["version"] == yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"]
    assert str(ROOT) not in text and "index" not in text
    assert release.materials(tarball, tmp_path).read_text() == text


@pytest.fixture
def gnupg(monkeypatch: pytest.MonkeyPatch) -> t.Iterator[t.Callable[[str], Path]]:
    """Makes a throw-away key for a name, and gives its keyring."""
    if shutil.which("gpg") is None:
        pytest.skip("gpg is not on this machine")
    places: list[str] = []

    def make(name: str) -> Path:
        places.append(tempfile.mkdtemp(prefix="gpg-"))  # the agent's socket needs a short name
        monkeypatch.setenv("GNUPGHOME", places[-1])
        gpg = ["gpg", "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""]
        subprocess.run([*gpg, "--quick-generate-key", name, "ed25519", "sign", "1d"], check=True, capture_output=True)
        ring = Path(places[-1]) / "ring.kbx"
        shown = subprocess.run(["gpg", "--export"], check=True, capture_output=True).stdout
        ring_command = ["gpg", "--batch", "--no-default-keyring", "--keyring", str(ring), "--import"]
        subprocess.run(ring_command, input=shown, check=True, capture_output=True)
        return ring

    yield make
    for place in places:
        subprocess.run(["gpgconf", "--homedir", place, "--kill", "all"], check=False, capture_output=True)
        shutil.rmtree(place, ignore_errors=True)


def galaxy(place: Path, *words: object) -> subprocess.CompletedProcess[str]:
    (place / "ansible.cfg").touch()
    env = {
        "PATH": f"{BIN}{os.pathsep}{os.defpath}",
        "HOME": str(place),
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_CONFIG": str(place / "ansible.cfg"),
        "GNUPGHOME": os.environ["GNUPGHOME"],
    }
    command = [str(BIN / "ansible-galaxy"), "collection", *map(str, words)]
    return subprocess.run(command, cwd=place, env=env, capture_output=True, text=True, check=False)


def test_the_signature_is_checked_by_ansible_galaxy(tarball: Path, tmp_path: Path, gnupg: t.Any) -> None:
    ring = gnupg("Release <release@example>")
    signature = release.sign(tarball, tmp_path, "release@example")
    installed = tmp_path / "installed"
    done = galaxy(tmp_path, "install", "--offline", "-p", installed, tarball)
    assert done.returncode == 0, done.stderr
    words = (
        "verify",
        "--offline",
        "-p",
        installed,
        "--required-valid-signature-count",
        "+all",
        "--signature",
        f"file://{signature}",
        FQCN,
    )

    verified = galaxy(tmp_path, *words, "--keyring", ring)
    assert verified.returncode == 0, verified.stdout + verified.stderr

    # Somebody else's key, and content that was signed differently.
    other = gnupg("Other <other@example>")
    assert galaxy(tmp_path, *words, "--keyring", other).returncode != 0
    manifest = installed / "ansible_collections" / FQCN.replace(".", "/") / "MANIFEST.json"
    manifest.write_text(manifest.read_text().replace("tenantops contributors", "somebody else"))
    assert galaxy(tmp_path, *words, "--keyring", ring).returncode != 0


def repository(place: Path, version: str = "1.2.3", **changed: str) -> Path:
    """As much of a checkout as the check of a tag reads."""
    files = {
        "galaxy.yml": f"version: {version}\n",
        "plugins/module_utils/_common/version.py": f'VERSION = "{version}"\nUSER_AGENT = f"x/{{VERSION}}"\n',
        "changelogs/changelog.yaml": f"releases:\n  {version}:\n    fragments: [one.yml]\n",
        "changelogs/fragments/one.yml": "bugfixes: [One.]\n",
        "CHANGELOG.md": "# Notes\n\n## v" + version.replace(".", "\\.") + "\n",
    }
    for name, text in {**files, **changed}.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)
    return place


def test_a_tag_that_agrees_may_be_released(tmp_path: Path) -> None:
    assert release.problems(repository(tmp_path), "1.2.3") == []


@pytest.mark.parametrize(
    "name, text",
    [
        ("galaxy.yml", "version: 1.2.4\n"),
        ("plugins/module_utils/_common/version.py", 'VERSION = "1.2.2"\n'),
        ("changelogs/changelog.yaml", "releases:\n  1.2.2:\n    fragments: [one.yml]\n"),
        ("changelogs/fragments/two.yml", "bugfixes: [Two.]\n"),
        ("CHANGELOG.md", "# Notes\n"),
    ],
)
def test_a_tag_that_does_not_agree_is_refused(tmp_path: Path, name: str, text: str) -> None:
    assert release.problems(repository(tmp_path, **{name: text}), "1.2.3")


def test_another_tag_is_refused(tmp_path: Path) -> None:
    assert len(release.problems(repository(tmp_path), "v1.2.3")) == 1
