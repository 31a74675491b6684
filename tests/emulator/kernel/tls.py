"""The emulator's certificate authority and certificates, made once and kept in the state directory."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import trustme


@dataclass(frozen=True)
class Certificates:
    ca_path: Path
    server_path: Path
    """Key and chain of all TLS ports, PEM."""


def ensure_certificates(state_dir: Path) -> Certificates:
    """Makes what is missing. A restart finds the same CA, so that clients that trust it go on working."""
    found = Certificates(state_dir / "ca.pem", state_dir / "server.pem")
    if all(path.exists() for path in (found.ca_path, found.server_path)):
        return found
    authority = trustme.CA(organization_name="Emulator", organization_unit_name="local test CA")
    server = authority.issue_cert("localhost", "127.0.0.1", "::1")
    write_file(found.server_path, server.private_key_and_cert_chain_pem.bytes(), 0o600)
    write_file(found.ca_path, authority.cert_pem.bytes(), 0o644)
    return found


def write_file(path: Path, content: bytes, mode: int) -> None:
    """Atomic, and never readable by others for a moment before the mode is set."""
    temporary = path.with_name(path.name + ".new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    os.chmod(temporary, mode)
    os.replace(temporary, path)
