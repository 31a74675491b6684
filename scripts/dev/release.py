# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make what a release consists of: the tarball, its list of materials (CycloneDX), their sums, and a signature. Runs in the development
environment. With `--tag` the versions, the changelog and the tag have to agree first.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import layout
import reproducible
import yaml

BIN = Path(sys.executable).parent
MATERIALS = layout.REQUIREMENTS / "core-2.21.txt"
"""What the collection was tested with on the newest ansible-core, with exact versions. The collection itself contains no library."""


def problems(root: Path, tag: str) -> list[str]:
    """Why this tag must not become a release; nothing if it may."""
    version = str(yaml.safe_load((root / "galaxy.yml").read_text(encoding="utf-8"))["version"])
    found = []
    if tag != version:
        found.append(f"The tag is {tag}, and galaxy.yml says {version}.")
    source = (root / "plugins" / "module_utils" / "_common" / "version.py").read_text(encoding="utf-8")
    values = {
        ast.unparse(node.targets[0]): node.value for node in ast.parse(source).body if isinstance(node, ast.Assign)
    }
    if ast.literal_eval(values["VERSION"]) != version:
        found.append(f"plugins/module_utils/_common/version.py does not say {version}.")
    releases = yaml.safe_load((root / "changelogs" / "changelog.yaml").read_text(encoding="utf-8"))["releases"]
    if version not in releases:
        found.append(f"changelogs/changelog.yaml has no release {version}. Run make changelog.")
    used = {name for release in releases.values() for name in release.get("fragments", [])}
    left = sorted(path.name for path in (root / "changelogs" / "fragments").glob("*.y*ml") if path.name not in used)
    if left:
        found.append(f"Fragments are not in the changelog: {', '.join(left)}. Run make changelog.")
    if f"\n## v{version}\n".replace(".", r"\.") not in (root / "CHANGELOG.md").read_text(encoding="utf-8"):
        found.append(f"CHANGELOG.md has no section v{version}. Run make changelog.")
    return found


def moment(root: Path) -> int:
    """The time that everything in the tarball gets: SOURCE_DATE_EPOCH, else that of the commit."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    shown = (
        given
        or subprocess.run(
            ["git", "log", "-1", "--format=%ct"], cwd=root, capture_output=True, text=True, check=True
        ).stdout
    )
    return int(shown)


def build(source: Path, target: Path, when: int) -> Path:
    """The tarball of the collection in this folder."""
    with tempfile.TemporaryDirectory() as place:
        command = [BIN / "ansible-galaxy", "collection", "build", source, "--output-path", place]
        subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL)
        (made,) = Path(place).glob("*.tar.gz")
        target.mkdir(parents=True, exist_ok=True)
        reproducible.pack(made, target / made.name, when)
        return target / made.name


def materials(tarball: Path, target: Path) -> Path:
    """The list of materials of a tarball."""
    lines = MATERIALS.read_text(encoding="utf-8").splitlines()
    pins = "\n".join(line for line in lines if "==" in line)
    command = [BIN / "cyclonedx-py", "requirements", "-", "--output-reproducible", "--output-format", "JSON"]
    words = [str(word) for word in command]
    shown = subprocess.run(words, input=pins, check=True, capture_output=True, text=True, env=_alone()).stdout
    with tarfile.open(tarball) as archive:
        member = archive.extractfile("MANIFEST.json")
        information = json.loads(member.read() if member else b"{}")["collection_info"]
    name = f"{information['namespace']}.{information['name']}"
    document = json.loads(shown)
    document["metadata"]["component"] = {
        "type": "library",
        "bom-ref": name,
        "name": name,
        "version": information["version"],
        "description": information["description"],
        "licenses": [{"license": {"id": license_id}} for license_id in information["license"]],
        "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(tarball.read_bytes()).hexdigest()}],
        "externalReferences": [{"type": "vcs", "url": information["repository"]}],
    }
    document["dependencies"] = [
        *(each for each in document.get("dependencies", []) if each["ref"] != name),
        {"ref": name, "dependsOn": sorted(each["bom-ref"] for each in document["components"])},
    ]
    path = target / tarball.name.replace(".tar.gz", ".cdx.json")
    path.write_text(json.dumps(document, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return path


def _alone() -> dict[str, str]:
    """Without settings of pip, which name indexes that have no place in the list."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}


def sign(tarball: Path, target: Path, key: str) -> Path:
    """A detached signature of MANIFEST.json, as ansible-galaxy and Automation Hub want it."""
    path = target / tarball.name.replace(".tar.gz", ".MANIFEST.json.asc")
    with tempfile.TemporaryDirectory() as place, tarfile.open(tarball) as archive:
        member = archive.extractfile("MANIFEST.json")
        manifest = Path(place) / "MANIFEST.json"
        manifest.write_bytes(member.read() if member else b"")
        command = [
            "gpg",
            "--batch",
            "--yes",
            "--pinentry-mode",
            "loopback",
            "--local-user",
            key,
            "--armor",
            "--output",
            path,
        ]
        subprocess.run(
            [str(word) for word in [*command, "--detach-sign", manifest]], check=True, stdin=subprocess.DEVNULL
        )
    return path


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", type=Path, default=layout.ROOT, help="the checkout, or a copy of it")
    parser.add_argument("--output", type=Path, default=layout.CACHE / "release", help="where the files go")
    parser.add_argument("--tag", help="the tag that is to be released")
    parser.add_argument("--sign", metavar="KEY", help="sign with this key of gpg")
    arguments = parser.parse_args()
    found = problems(layout.ROOT, arguments.tag) if arguments.tag else []
    for problem in found:
        print(problem)
    if found:
        return 1
    shutil.rmtree(arguments.output, ignore_errors=True)
    tarball = build(arguments.source, arguments.output, moment(layout.ROOT))
    made = [tarball, materials(tarball, arguments.output)]
    made += [sign(tarball, arguments.output, arguments.sign)] if arguments.sign else []
    sums = "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in made)
    (arguments.output / "SHA256SUMS").write_text(sums, encoding="utf-8")
    print(sums, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
