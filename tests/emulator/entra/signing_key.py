"""The RSA key that signs tokens: made once for each state directory, kept in PEM."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

FILE_NAME = "token-signing-key.pem"


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def private_pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def load_or_create(state_dir: str | os.PathLike[str], name: str = FILE_NAME) -> rsa.RSAPrivateKey:
    """The key of the state directory. A restart finds the same one, so tokens issued before it stay good."""
    path = Path(state_dir) / name
    if path.exists():
        kept = serialization.load_pem_private_key(path.read_bytes(), password=None, unsafe_skip_rsa_key_validation=True)
        if not isinstance(kept, rsa.RSAPrivateKey):
            raise ValueError(f"{path} holds a key that is not RSA")
        return kept
    key = new_key()
    write_private(path, private_pem(key))
    return key


def write_private(path: Path, content: bytes) -> None:
    """Writes a file that only its owner may read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    os.replace(temporary, path)
