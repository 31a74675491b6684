"""Users for seeds that need hundreds of them, with licences and roles. The same arguments give the same users, ids
included."""

from __future__ import annotations

import random
import unicodedata
import uuid
from typing import Any

_FIRST = (
    "Ana Björn Chloé Daniel Élodie Fatima Günther Hélène Ibrahim Jürgen Katarzyna Łukasz María Nuño Olga Pål Quentin "
    "Renée Søren Thérèse Uğur Véronique Wei Xochitl Yusuf Zoë Aoife Siobhán Dimitrios İlayda José Kübra"
).split()
_LAST = (
    "Müller García O'Brien Ødegård Nowak D'Angelo Şahin Novák Großmann Lefèvre Håkansson Þórsson Kowalczyk "
    "Ó'Súilleabháin Fernández Jørgensen Weiß Çelik Dvořák N'Diaye Smith Takahashi Nguyễn Kaya Schröder Sánchez Côté "
    "McDonald Žukauskas Peña Van-der-Berg Olsen"
).split()
_COUNTRIES = ("DE", "FR", "IE", "US", "ES", "PL", "TR", "NO", "SE", "CZ", "GB", "AX")
# Letters that do not decompose into a base letter and a mark.
_LATIN = str.maketrans(
    {"ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Þ": "Th", "þ": "th", "ı": "i", "İ": "I", "æ": "ae"}
)


def generate_users(customer_id: str, domain: str, wanted: dict[str, Any]) -> list[dict[str, Any]]:
    """wanted: {count, domain?, seed?, deleted?, synced?, licenses?, roles?}. `count` active users, `synced` of them
    from on premises, and `deleted` more users that were deleted between 1 and 28 days ago. licenses: {part number: how
    many of the active users}, roles: {name or id: how many}. Answers seed documents."""
    unknown = set(wanted) - {"count", "domain", "seed", "deleted", "synced", "licenses", "roles"}
    if unknown:
        raise ValueError(f"generate: unknown keys {sorted(unknown)}")
    count, deleted, synced = (int(wanted.get(name, 0)) for name in ("count", "deleted", "synced"))
    dice = random.Random(f"{customer_id} {wanted.get('seed', 0)}")
    domain = wanted.get("domain") or domain
    users = []
    for number in range(1, count + deleted + 1):
        first, last = dice.choice(_FIRST), dice.choice(_LAST)
        user: dict[str, Any] = {
            "id": str(uuid.UUID(int=dice.getrandbits(128), version=4)),
            "user_principal_name": f"{_ascii(first)}.{_ascii(last)}{number}@{domain}".lower(),
            "display_name": f"{first} {last}",
            "first_name": first,
            "last_name": last,
            "created_days_ago": dice.randint(31, 900),
        }
        # One in ten was never given a country: the member is then absent in answers, and licences cannot be assigned.
        if dice.random() >= 0.1:
            user["usage_location"] = dice.choice(_COUNTRIES)
        if number <= synced:
            user["synced"] = True
            user["immutable_id"] = uuid.UUID(int=dice.getrandbits(128)).hex[:22] + "=="
        if number > count:
            user["deleted_days_ago"] = dice.randint(1, 28)
        users.append(user)
    active = users[:count]
    _give(active, "roles", wanted, customer_id)
    _give([user for user in active if "usage_location" in user], "licenses", wanted, customer_id)
    return users


def _give(users: list[dict[str, Any]], key: str, wanted: dict[str, Any], customer_id: str) -> None:
    """Each name has dice of its own, so that asking for one more leaves the others, and the users, as they were."""
    for name, count in (wanted.get(key) or {}).items():
        if int(count) > len(users):
            raise ValueError(f"generate: {key} {name} for {count} users, but only {len(users)} can have it")
        dice = random.Random(f"{customer_id} {wanted.get('seed', 0)} {key} {name}")
        for user in dice.sample(users, int(count)):
            user.setdefault(key, []).append(name)


def _ascii(name: str) -> str:
    """The name as people write it in an address: no marks; the apostrophe stays, because directories do have
    O'Brien."""
    decomposed = unicodedata.normalize("NFKD", name.translate(_LATIN))
    return "".join(each for each in decomposed if each.isascii() and (each.isalnum() or each in "'-"))
