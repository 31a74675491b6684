"""Secrets that come back in another form, in any text that leaves; and ordinary words, which stay."""

from __future__ import annotations

import base64
import html
import json
import re
import secrets as randomness
import string
import threading
import time
import typing as t
from urllib.parse import quote, quote_plus, unquote, unquote_plus

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.modules import (
    azure_pack_access_token_info as azure_pack_sign_in,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.sign_in import (
    settings as azure_pack_options,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import OptionError
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.option_secrets import register
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.secrets import MASK, Secrets
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.urls import proxy_secrets, url_secrets
from ansible_collections.tenantops.partner_center.plugins.module_utils._entra import settings as partner_center_options
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.passwords import generate
from hypothesis import given, settings
from hypothesis import strategies as st
from support.documentation import PAGES

SPECIAL = string.ascii_letters + string.digits + "!#*+-=?_&<>\"'\\/%@ äöß€🔑~^`{}|;:,."


def net(text: str, escaped: str, form: str) -> str:
    """Written as the encoders of .NET do."""
    made = []
    for char in text:
        if char in escaped or ord(char) > 126:
            data = char.encode("utf-16-be")
            made += [
                "\\u" + format(int.from_bytes(data[place : place + 2], "big"), form) for place in range(0, len(data), 2)
            ]
        else:
            made.append("\\\\" if char == "\\" else char)
    return "".join(made)


def inside(secret: str, before: str, urlsafe: bool = False) -> str:
    body = json.dumps({"a": before, "password": secret}).encode()
    return (base64.urlsafe_b64encode if urlsafe else base64.b64encode)(body).decode()


FORMS: dict[str, t.Callable[[str], str]] = {
    "as it is": lambda s: s,
    "percent": lambda s: quote(s, safe=""),
    "percent, small letters": lambda s: re.sub("%..", lambda m: m[0].lower(), quote(s, safe="")),
    "form": quote_plus,
    "twice percent": lambda s: quote(quote(s, safe=""), safe=""),
    "encodeURIComponent": lambda s: quote(s, safe="!'()*"),
    "JSON": lambda s: json.dumps(s)[1:-1],
    "JSON, not ASCII": lambda s: json.dumps(s, ensure_ascii=False)[1:-1],
    "System.Text.Json": lambda s: net(s, "\"&'+<>`", "04X"),
    "Newtonsoft, HTML": lambda s: net(s, "\"&'<>", "04x"),
    "HTML": html.escape,
    "HTML of .NET": lambda s: "".join(
        f"&#{ord(char)};" if ord(char) > 126 else html.escape(char).replace("&#x27;", "&#39;") for char in s
    ),
    "HTML, all numbers": lambda s: "".join(
        char if char.isascii() and (char.isalnum() or char in "_.-~") else f"&#x{ord(char):X};" for char in s
    ),
    "upper case": lambda s: "".join(char.upper() if char.isascii() else char for char in s),
    "lower case": lambda s: "".join(char.lower() if char.isascii() else char for char in s),
    "backwards": lambda s: s[::-1],
    "hex": lambda s: s.encode().hex(),
    "HEX": lambda s: s.encode().hex().upper(),
    "BitConverter": lambda s: "-".join(f"{byte:02X}" for byte in s.encode()),
    "base64": lambda s: base64.b64encode(s.encode()).decode(),
    "base64 without an end": lambda s: base64.b64encode(s.encode()).decode().rstrip("="),
    "base64, one before": lambda s: inside(s, ""),
    "base64, two before": lambda s: inside(s, "x"),
    "base64, three before": lambda s: inside(s, "xy"),
    "base64url": lambda s: inside(s, "?>~", urlsafe=True),
    "base64 of a form": lambda s: base64.b64encode(f"grant=x&client_secret={quote_plus(s)}&y=z".encode()).decode(),
    "basic": lambda s: "Basic " + base64.b64encode(f"user:{s}".encode()).decode(),
}
NEEDS_LENGTH = {"upper case", "lower case", "backwards", "BitConverter"}


def decoded(text: str) -> set[str]:
    """Whatever somebody could read out of a text."""
    found = {text, unquote(text), unquote_plus(text), unquote(unquote(text)), html.unescape(text), text[::-1]}
    found |= {re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), form) for form in (text,)}
    for run in re.findall(r"[A-Za-z0-9+/_-]{6,}", text):
        for start in range(4):
            part = run[start:].replace("-", "+").replace("_", "/")
            found.add(base64.b64decode(part[: len(part) // 4 * 4]).decode("utf-8", "replace"))
    for run in re.findall(r"(?:[0-9a-fA-F]{2}-?){4,}", text):
        digits = run.replace("-", "")
        found.add(bytes.fromhex(digits[: len(digits) // 2 * 2]).decode("utf-8", "replace"))
    return found | {form.lower() for form in found}


@settings(max_examples=150, deadline=None)
@given(
    st.text(SPECIAL, min_size=8, max_size=40).filter(
        lambda text: text == text.strip() and not text.isalpha() and len(set(text)) > 4
    ),
    st.sampled_from(sorted(FORMS)),
)
def test_no_form_of_a_secret_stays(secret: str, form: str) -> None:
    known = Secrets()
    known.add(secret)
    text = f"The value '{FORMS[form](secret)}' it was."
    clean = known.scrub(text)
    assert MASK in clean and clean.startswith("The value '") and clean.endswith("' it was.")
    assert not [found for found in decoded(clean) if secret in found or secret.lower() in found.lower()]
    result = known.clean(
        {
            "msg": text,
            "code": FORMS[form](secret),
            "rows": [{"fields": {"x": [text]}, FORMS[form](secret): 1}],
            "diff": {"before": text},
        }
    )
    assert FORMS[form](secret) not in str(result)


@pytest.mark.parametrize("form", sorted(set(FORMS) - NEEDS_LENGTH))
@pytest.mark.parametrize("secret", ["p+ss&1", "a/b=cd", "Pä€1x9"])
def test_a_short_one_in_the_forms_that_are_no_words(secret: str, form: str) -> None:
    known = Secrets()
    known.add(secret)
    clean = known.scrub(f"no {FORMS[form](secret)} here")
    assert MASK in clean and clean.startswith("no ") and clean.endswith(" here")


def test_generated_passwords_and_tokens_in_every_form() -> None:
    known = Secrets()
    every = [generate().reveal() for _number in range(30)] + [
        "eyJ" + randomness.token_urlsafe(900),
        "0.AAAA" + randomness.token_urlsafe(600),
    ]
    for secret in every:
        known.add(secret)
    for secret in every:
        for name, form in FORMS.items():
            clean = known.scrub(f"<{form(secret)}>")
            assert MASK in clean and secret[:10] not in clean and len(clean) < 40, name


def test_ordinary_words_stay() -> None:
    """Nobody can read a message in which every second word is hidden because somebody has a bad password."""
    known = Secrets()
    for secret in (
        "Password",
        "Administrator",
        "tset",
        "Present",
        "Summer24!",
        "1234",
        "no",
        "Contoso2026",
        generate().reveal(),
    ):
        known.add(secret)
    text = "update_password: always sets the password of an administrator; PRESENT, present, test, summer, contoso"
    assert known.scrub(text) == text
    random = Secrets()
    for _number in range(1000):
        random.add(generate())
    for page in PAGES:
        content = page.read_text(encoding="utf-8")
        assert random.scrub(content) == content
    guid = "1c9a6a52-0c6e-4f0e-8f3d-6d1b7a2f9b01"
    assert random.clean({"id": guid, "number": 7}) == {"id": guid, "number": 7}


def test_what_overlaps_is_hidden_as_one() -> None:
    known = Secrets()
    for secret in ("abcdefgh12", "gh12ijkl34", "cdef"):
        known.add(secret)
    assert known.scrub("<abcdefgh12ijkl34>") == f"<{MASK}>"


def test_secrets_are_added_while_others_are_looked_for() -> None:
    known, failures = Secrets(), []

    def work(number: int) -> None:
        for _round in range(60):
            secret = generate()
            known.add(secret)
            if secret.reveal() in known.scrub(f"x {secret.reveal()} x"):
                failures.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_thousand_passwords_cost_little_more_than_one() -> None:
    rows = [
        {
            "index": number,
            "user_principal_name": f"user{number}@contoso.example",
            "user_id": f"1c9a6a52-0c6e-4f0e-8f3d-{number:012}",
        }
        for number in range(10000)
    ]

    def seconds(count: int) -> float:
        known = Secrets()
        for _number in range(count):
            known.add("Aa1-" + randomness.token_urlsafe(12))
        started = time.process_time()
        known.clean({"rows": rows})
        return time.process_time() - started

    assert min(seconds(1000) for _turn in range(3)) < 3 * min(seconds(1) for _turn in range(3)) + 0.2


# Addresses

URLS = ["https://svc:Canary-{}@api.example", "https://svc:Canary-{}@api.example:99999", "https://svc:Can/ary#{}@api.example/v1",
        "https://[svc:Canary-{}@x", "svc:Canary-{}@host",
        "http://svc:Canary%2F{}@proxy:8080", "https://Canary{}@api.example"]  # fmt: skip


@pytest.mark.parametrize("url", [url.format("Zq7") for url in URLS])
def test_a_password_in_an_address_is_not_shown(url: str) -> None:
    password = re.split("[:/@]", url.partition("//")[2] or url)[0 if "svc" not in url else 1]
    cases: list[tuple[t.Callable[[], t.Any], t.Any]] = []
    for option in ("api_url", "authority_host"):
        given = {option: url, "access_token": "x" * 9}
        spec = {name: value.get("default") for name, value in partner_center_options.ARGUMENT_SPEC.items()}
        cases += [
            (
                lambda given=given: partner_center_options.resolve({**spec, **given}, set(given), {}),
                (partner_center_options, given, {}),
            ),
            (
                lambda option=option: partner_center_options.resolve(
                    {**spec, "access_token": "x" * 9}, {"access_token"}, {f"PARTNER_CENTER_{option.upper()}": url}
                ),
                (partner_center_options, {}, {f"PARTNER_CENTER_{option.upper()}": url}),
            ),
        ]
    azure = {name: value.get("default") for name, value in azure_pack_options.ARGUMENT_SPEC.items()}
    given = {"endpoint": url, "access_token": "x" * 9}
    cases.append(
        (lambda: azure_pack_options.resolve({**azure, **given}, set(given), {}), (azure_pack_options, given, {}))
    )
    for call, (options, task, environ) in cases:
        learned = Secrets()
        register(learned, task, options.ARGUMENT_SPEC, environ, options.VARIABLES)
        with pytest.raises(OptionError) as caught:
            call()
        assert password not in caught.value.message and "Zq7" not in caught.value.message
        assert "Zq7" not in str(learned.clean({"invocation": {"module_args": {"x": url}}}))
    assert azure_pack_sign_in.resolve


def test_proxies_and_addresses_without_a_password() -> None:
    assert set(proxy_secrets({"HTTPS_PROXY": "http://u:Canary-Zq7@proxy:8080", "NO_PROXY": "x@y"})) >= {"Canary-Zq7"}
    assert (
        list(proxy_secrets({"HTTPS_PROXY": "http://proxy:8080"}))
        == []
        == list(url_secrets(["https://api.example/v1", None, 7]))
    )


def _all_escaped(secret: str) -> dict[str, str]:
    """Forms in which every character is written as a number, and layers of forms."""
    data = secret.encode("utf-8")
    body = json.dumps({"a": "x" * 50, "passwordProfile": {"password": secret}, "b": "y" * 50}).encode()
    return {
        "percent": "".join(f"%{byte:02X}" for byte in data),
        "percent, three times": quote(quote(quote(secret, safe=""), safe=""), safe=""),
        "code units": "".join(f"\\u{ord(char):04X}" for char in secret),
        "bytes": "".join(f"\\x{byte:02x}" for byte in data),
        "entities": "".join(f"&#{ord(char)};" for char in secret),
        "entities in a URL": quote("".join(f"&#x{ord(char):X};" for char in secret), safe=""),
        "JSON, four times": json.dumps(json.dumps(json.dumps(json.dumps(secret)))),
        "hex with colons": data.hex(":"),
        "hex with blanks": data.hex(" ").upper(),
        "MIME": base64.encodebytes(body).decode("ascii"),
        "MIME in JSON": json.dumps(base64.encodebytes(body).decode("ascii")),
        "UTF-16 in base64": base64.b64encode(secret.encode("utf-16-le")).decode("ascii"),
        "UTF-16 in hex": secret.encode("utf-16-le").hex(),
        "capitals": secret.upper(),
    }


@pytest.mark.parametrize("form", _all_escaped("?"))
@pytest.mark.parametrize("secret", ['Pw&"1/äZz#9=x_Q!k', "Declared-Passw0rd!", "0.AXoA" + "aB3-_x9" * 40])
def test_what_is_escaped_as_a_whole_or_several_times_is_hidden(secret: str, form: str) -> None:
    secrets = Secrets()
    secrets.add(secret)
    shown = secrets.scrub(f"It said: {_all_escaped(secret)[form]} (request 7)")
    assert MASK in shown and shown.startswith("It said: ") and shown.endswith(" (request 7)")


def test_words_about_something_else_stay() -> None:
    secrets = Secrets()
    secrets.add("Declared-Passw0rd!")
    text = "50%25 of \\u0041 &amp; 4a:6f:68:6e, deadbeef cafe\nnext line"
    assert secrets.scrub(text) == text
