"""People with OpenSSH keys, made in a test, who sign plans."""

from __future__ import annotations

import shutil
import subprocess
import typing as t
from pathlib import Path

NAMESPACE = "plan@tenantops.partner_center"
KEYGEN = shutil.which("ssh-keygen") or "ssh-keygen"


class People:
    """Their keys, in a folder; and a file that says who may sign."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.allowed = folder / "allowed_signers"

    def key(self, name: str) -> Path:
        path = self.folder / name
        if not path.exists():
            _keygen("-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(path))
        return path

    def line(self, name: str, principals: str, options: str = "") -> str:
        public = Path(f"{self.key(name)}.pub").read_text().split()
        return " ".join(filter(None, [principals, options, *public[:2]])) + "\n"

    def allow(self, **principals: str) -> str:
        """The file, with a line for each key: its name and whose it is."""
        self.allowed.write_text("".join(self.line(name, whose) for name, whose in principals.items()))
        return str(self.allowed)

    def signature(self, name: str, content: bytes, namespace: str = NAMESPACE) -> bytes:
        command = [KEYGEN, "-q", "-Y", "sign", "-f", str(self.key(name)), "-n", namespace]
        return subprocess.run(command, input=content, capture_output=True, check=True).stdout

    def sign(self, name: str, plan: Path, namespace: str = NAMESPACE) -> Path:
        path = plan.with_name(f"{plan.name}.{name}.sig")
        path.write_bytes(self.signature(name, plan.read_bytes(), namespace))
        return path


def _keygen(*words: str) -> t.Any:
    return subprocess.run([KEYGEN, *words], capture_output=True, check=True)
