"""Passwords as the directory takes and makes them."""

from __future__ import annotations

import secrets
import string

_CLASSES = (string.ascii_lowercase, string.ascii_uppercase, string.digits)


def is_strong(password: str, local_part: str = "") -> bool:
    """8 to 256 printable characters of ASCII, of three of the four classes (Microsoft Entra docs: password policies,
    cloud accounts); and without the user's name, if that has four characters or more (eliminate bad passwords)."""
    if not 8 <= len(password) <= 256 or not all(" " <= each <= "~" for each in password):
        return False
    if len(local_part) >= 4 and local_part.lower() in password.lower():
        return False
    found = {next((n for n, members in enumerate(_CLASSES) if each in members), 3) for each in password}
    return len(found) >= 3


def generate() -> str:
    """A password as the service makes it when a create brings none: letters of both cases and digits."""
    letters = "".join(secrets.choice(string.ascii_lowercase) for dummy in range(5))
    return (
        secrets.choice(string.ascii_uppercase) + letters + "".join(secrets.choice(string.digits) for dummy in range(6))
    )
