"""Hashes of passwords, cheap on purpose.

The emulator holds test passwords only. A slow hash would protect nothing and would make seeding 50,000 users slow; what
matters is that no password in clear reaches the database.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets


def hash_password(password: str) -> str:
    salt = secrets.token_bytes(12)
    return f"{salt.hex()}${hashlib.sha256(salt + password.encode('utf-8')).hexdigest()}"


def matches(password: str, stored: str | None) -> bool:
    if not stored:
        return False
    salt, dummy, digest = stored.partition("$")
    return hmac.compare_digest(hashlib.sha256(bytes.fromhex(salt) + password.encode("utf-8")).hexdigest(), digest)
