# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whoever waits for another process, or is about to sign in, stops when the run is to end, and has done nothing."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import typing as t
from pathlib import Path

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import CollectionError
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.interruption import Interrupted
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.secrets import Secret
from ansible_collections.tenantops.partner_center.plugins.module_utils._entra.answers import RecordingClient
from ansible_collections.tenantops.partner_center.plugins.module_utils._entra.refresh_token_file import RefreshTokenFile
from ansible_collections.tenantops.partner_center.plugins.module_utils._entra.token_cache import TokenCache
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run import passwords
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.undo import UndoFile

from .factories import CUSTOMER, user

PROMPT = 3.0
"""Seconds; the waits themselves are ten times as long."""
HOLD = """
import fcntl, os, sys, time
descriptor = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT, 0o600)
fcntl.flock(descriptor, fcntl.LOCK_EX)
fcntl.lockf(descriptor, fcntl.LOCK_EX, 0, 1 << 40)
print("held", flush=True)
time.sleep(600)
"""


class Ending:
    """A run that is to end after so many questions."""

    def __init__(self, after: int = 3) -> None:
        self.left = after

    def reached(self) -> str:
        self.left -= 1
        return "It was stopped." if self.left < 0 else ""

    def wait(self, seconds: float) -> bool:
        time.sleep(seconds)
        return bool(self.reached())


def note(place: Path, stop: t.Any, status: str = "pending") -> None:
    file = passwords.CredentialsFile(str(place), interruption=stop)
    file.append(
        status,
        customer_id=CUSTOMER,
        user_principal_name="ada@contoso.example",
        user_id=None,
        request_id=None,
        protected=file.protected(Secret("Correct-Horse-7")),
    )


def fetched() -> t.Any:
    raise AssertionError("no token is asked for any more")


WAITS: dict[str, tuple[str, t.Callable[[Path, t.Any], t.Any]]] = {
    "a purge for the undo file": (".lock", lambda place, stop: UndoFile(str(place), stop).add(CUSTOMER, [user(1)])),
    "a password for the journal": ("", note),
    "a renewal for the token": (
        ".lock",
        lambda place, stop: RefreshTokenFile(str(place), interruption=stop).lock().__enter__(),
    ),
    "a sign-in for the cache": (
        "",
        lambda place, stop: TokenCache(str(place.parent), {}, interruption=stop).get(fetched),
    ),
}


@pytest.mark.parametrize("name", WAITS)
def test_a_wait_for_another_process_ends(name: str, tmp_path: Path) -> None:
    place = tmp_path / "file"
    ending, work = WAITS[name]
    held = TokenCache(str(tmp_path), {}).path + ".lock" if "cache" in name else str(place) + ending
    with subprocess.Popen([sys.executable, "-c", HOLD, held], stdout=subprocess.PIPE, text=True) as other:
        try:
            assert other.stdout and other.stdout.readline() == "held\n"
            began = time.monotonic()
            with pytest.raises(Interrupted) as caught:
                work(place, Ending())
            assert time.monotonic() - began < PROMPT
        finally:
            other.kill()
    assert caught.value.details["reason"] == "interrupted" and not caught.value.details.get("ambiguous")
    assert not place.exists() or place.read_bytes() == b"", "nothing was written"


def test_what_became_of_a_password_is_noted_all_the_same(tmp_path: Path) -> None:
    """Another run writes a line at that moment; the note waits for it, although the run is to end."""
    place = tmp_path / "credentials.jsonl"
    file = passwords.CredentialsFile(str(place), interruption=Ending(10**6))
    known = {"customer_id": CUSTOMER, "user_principal_name": "ada@contoso.example", "user_id": None, "request_id": None}
    protected = file.protected(Secret("Correct-Horse-7"))
    file.append("pending", protected=protected, **known)
    hold = HOLD.replace("LOCK_EX, 0, 1 << 40", "LOCK_EX, 1, 1 << 40").replace("sleep(600", "sleep(0.5")
    with subprocess.Popen([sys.executable, "-c", hold, str(place)], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout and other.stdout.readline() == "held\n"
        file._interruption = Ending(0)
        file.append("delivered", protected=protected, **known)
    assert [json.loads(line)["status"] for line in place.read_text().splitlines()] == ["pending", "delivered"]


def test_no_request_of_a_sign_in_is_begun() -> None:
    class Session:
        def request(self, *_arguments: t.Any, **_more: t.Any) -> t.Any:
            raise AssertionError("it was sent")

    client = RecordingClient(Session(), "somebody", Ending(0))
    for send in (client.get, client.post):
        with pytest.raises(CollectionError) as caught:
            send("https://login.example/")
        assert isinstance(caught.value, Interrupted) and caught.value.details["reason"] == "interrupted"
