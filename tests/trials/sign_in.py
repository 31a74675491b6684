"""Answers of the sign-in hosts that are not what they ought to be: of Entra ID, and of the token issuer of Windows Azure Pack.

Whatever comes back: a refresh token that works stays in its file, no token of somebody else or for something else is handed on, no secret gets into
a result, and everything ends in time and in memory.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import time
import typing as t
from collections import Counter
from pathlib import Path

import jwt

from trials import answers, forked, proxy
from trials.protocol import FAULTS, PLENTY, TIMEOUT
from trials.setting import Report, Setting, setting

LONGEST = 60.0
REFRESH_TOKEN, SECRET = "emulator-refresh-token", "emulator-client-secret"
ISSUED_FOR, PASSWORD = "olivia@tenants.example", "emulator-tenant-password"
ISSUER_PATH = "/wstrust/issue/usernamemixed"
REALM = "http://azureservices/TenantSite"
ODD_TEXTS = (
    b"",
    b" ",
    b"x",
    b"<x/>",
    b"\xed\xa0\x80",
    b"&#xD800;",
    b"&lol;",
    b"x" * 5000,
    b"2026-13-45",
    b"eyJh.eyJh.x",
)
SCENES: dict[str, str] = {
    "redeem": "access_token_info",
    "renew": "refresh_token",
    "by the way": "access_token_info",
    "issue": "azure_pack_access_token_info",
}
"""Scenes, and the module of each."""


class Fuzzer(answers.Fuzzer):
    """The same ways to spoil an answer; of XML a piece of text is changed, lost or doubled."""

    _ELEMENT = re.compile(rb"<([A-Za-z:]+)[^<>]*>[^<>]*</\1>")

    def __call__(self, answer: proxy.Answer) -> proxy.Answer:
        if answer.body.lstrip()[:1] == b"<" and self.kind in ("member", "value", "double", "lose", "swap"):
            return self._xml(answer)
        return super().__call__(answer)

    def _xml(self, answer: proxy.Answer) -> proxy.Answer:
        places = list(self._ELEMENT.finditer(answer.body))
        if not places:
            return self._empty(answer)
        place = self.dice.choice(places)
        element = place.group(0)
        if self.kind in ("value", "swap"):
            content = element[element.index(b">") + 1 : element.rindex(b"</")]
            fresh = element.replace(b">" + content + b"<", b">" + self.dice.choice(ODD_TEXTS) + b"<", 1)
        else:
            fresh = {"member": b"", "lose": b""}.get(self.kind, element * 2)
        answer.body = answer.body[: place.start()] + fresh + answer.body[place.end() :]
        return answer


class Trial:
    """Scene after scene against one emulator, through one proxy."""

    def __init__(self, place: Setting, wire: proxy.Proxy) -> None:
        self.place = place
        self.wire = wire
        self.counts: Counter[str] = Counter()
        self._lengths: dict[str, int] = {}

    @property
    def file(self) -> Path:
        """The refresh token of those scenes that keep one."""
        return self.place.directory / "token"

    def fresh(self) -> None:
        """Everything as at the beginning."""
        self.place.control.reset()
        for path in self.place.directory.glob("token*"):
            path.unlink()
        self.file.write_text(REFRESH_TOKEN, encoding="utf-8")
        self.file.chmod(0o600)
        os.utime(self.file, (time.time() - 40 * 86400,) * 2)

    def start(self, scene: str, timeout: int = 5, through: bool = True) -> forked.Started:
        """One task; ``through`` the proxy, or past it."""
        known = self.place.runner.environment
        host = self.wire.url if through else known["PARTNER_CENTER_AUTHORITY_HOST"]
        given: dict[str, t.Any] = {"timeout": timeout, "max_wait": 3}
        if scene == "issue":
            given |= {"issuer_url": host + ISSUER_PATH, "username": ISSUED_FOR, "password": PASSWORD}
        else:
            given |= {"token_cache": False}
        if scene in ("renew", "by the way"):
            given |= {"refresh_token_file": str(self.file)}
            given |= {"force": True} if scene == "renew" else {"rotate_after": 1}
        environment = {
            **known,
            "PARTNER_CENTER_AUTHORITY_HOST": host,
            "PARTNER_CENTER_CA_PATH": self.wire.ca_path,
            "AZURE_PACK_CA_PATH": self.wire.ca_path,
        }
        if "refresh_token_file" in given:
            del environment["PARTNER_CENTER_REFRESH_TOKEN"]
        return forked.start(SCENES[scene], given, environment, directory=str(self.place.directory))

    def length(self, scene: str) -> int:
        """How many requests a scene takes when nothing is wrong."""
        if scene not in self._lengths:
            self.fresh()
            self.wire.arm(None)
            done = self.start(scene).wait(LONGEST)
            if done.failed:
                raise RuntimeError(f"{scene}: {done.result.get('msg')} {done.output[-2000:]}")
            self._lengths[scene] = len(self.wire.seen)
        return self._lengths[scene]

    def one(self, scene: str, position: int, change: proxy.Change) -> list[str]:
        """What was wrong."""
        self.length(scene)
        self.fresh()
        self.wire.arm(change, position)
        done = self.start(scene).wait(LONGEST)
        self.wire.disarm()
        self.counts["fired" if self.wire.fired else "not reached"] += 1
        return self.judge(scene, done)

    def judge(self, scene: str, done: forked.Ended) -> list[str]:
        """What is lost, told, or handed on."""
        wrong = [done.defect] if done.defect else []
        self.counts["refused" if done.failed else "went on"] += 1
        kept = self.file.read_text(encoding="utf-8")
        secrets = {SECRET, PASSWORD, REFRESH_TOKEN, kept}
        wrong += [f"{secret[:12]}... is told" for secret in secrets if secret and secret in done.output]
        token = done.result.get("access_token")
        if not done.failed and SCENES[scene] != "refresh_token":
            wrong += _whose(scene, token)
        if scene in ("renew", "by the way"):
            again = self.start("by the way", through=False).wait(LONGEST)
            if again.failed:
                wrong.append(f"the stored refresh token does not work any more: {again.result.get('msg')}")
        return wrong


def _whose(scene: str, token: t.Any) -> list[str]:
    claims = _claims(token)
    if scene == "issue":
        good = claims.get("aud") == REALM and claims.get("upn") == ISSUED_FOR
    else:
        # Entra's tokens may be unreadable for a client, so that only the service can tell.
        good = isinstance(token, str) and bool(token.strip())
        good = good and (not claims or str(claims.get("aud", "")).startswith("https://api.partnercenter.microsoft.com"))
    return [] if good else [f"a token is handed on that nobody asked for ({claims or token!r})"]


def _claims(token: t.Any) -> dict[str, t.Any]:
    try:
        return jwt.decode(str(token), options={"verify_signature": False})
    except jwt.InvalidTokenError:
        return {}


def _through(place: Setting) -> t.ContextManager[proxy.Proxy]:
    known = place.runner.environment
    return proxy.between(known["PARTNER_CENTER_AUTHORITY_HOST"], known["PARTNER_CENTER_CA_PATH"], place.directory)


def trial(number: int = 300, first: int = 1, name: str = "sign_in answers") -> Report:
    """So many spoiled answers, over all scenes and positions."""
    report = Report(name)
    with setting() as place, _through(place) as wire:
        answers.spoil(Trial(place, wire), list(SCENES), Fuzzer, range(first, first + number), report)
    return report


PLACES: tuple[tuple[str, str], ...] = (("redeem", "GET"), ("redeem", "POST"), ("renew", "POST"), ("issue", "POST"))
"""Scenes, and the method whose first answer is broken there."""


def protocol(
    faults: t.Collection[str] = tuple(FAULTS),
    places: t.Collection[tuple[str, str]] = PLACES,
    name: str = "sign_in protocol",
) -> Report:
    """Each fault at each place."""
    report = Report(name)
    wrong: list[str] = []
    fired, longest, where, largest = 0, 0.0, "", 0
    with setting() as place, _through(place) as wire:
        here = Trial(place, wire)
        for (scene, method), fault in itertools.product(places, faults):
            here.fresh()
            wire.arm(FAULTS[fault], 0, lambda sent, method=method: sent == method)
            done = here.start(scene, TIMEOUT).wait(PLENTY)
            wire.disarm()
            fired += wire.fired
            if done.seconds > longest:
                longest, where = done.seconds, f"{scene}, {fault}"
            largest = max(largest, done.memory)
            wrong += [f"{scene}, {method}, {fault}: {text}" for text in here.judge(scene, done)]
    report.say(json.dumps(here.counts))
    report.target(fired == len(faults) * len(places), f"{fired} answers were broken")
    report.target(longest < PLENTY, f"the longest task took {longest:.1f} s ({where})")
    report.target(largest < 200 * 1024, f"at most {largest / 1024:.0f} MiB of memory")
    report.target(not wrong, f"{len(wrong)} deviations {wrong[:8] or ''}".rstrip())
    return report
