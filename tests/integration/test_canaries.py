"""Secrets that look like nothing else go through every success and every failure at -vvvv, and are then searched for everywhere.

The passwords reach the playbook the way they should, as variables; ansible-core itself prints the source lines around a failing task, so
no module could protect a literal.
"""

from __future__ import annotations

import base64
import json
import typing as t
from pathlib import Path

import pytest
import yaml
from emulator import launch
from support.playbooks import MODULE, ROOT, Runner

from .conftest import CONTOSO, sign_in_environment
from .scenes import ADELE, GRACE

PASSWORD = "Canary-Zq7-password-given"
SECRET = "Canary-Zq7-client-secret"
TOKEN = "Canary-Zq7-refresh-token"
LOST = "Canary-Zq7-another-secret-in-the-environment"
CERTIFICATE_PASSWORD = "Canary-Zq7-certificate-password"
MARK = "Canary-Zq7"
JWT = "eyJ"

CREATE = {
    "customer_id": CONTOSO,
    "user_principal_name": GRACE,
    "display_name": "Grace",
    "password": "{{ lookup('ansible.builtin.env', 'CANARY_PASSWORD') }}",
}
RESET = {"customer_id": CONTOSO, "user_id": ADELE, "password": CREATE["password"], "update_password": "always"}
API = {"server": "api"}


def in_other_forms(secret: str) -> str:
    """A secret as it comes back from services and proxies that encode."""
    body = json.dumps({"password": secret, "x": 1}).encode()
    sealed = (base64.b64encode(body).decode(), base64.urlsafe_b64encode(b"ab" + secret.encode()).decode())
    return " ".join([*sealed, secret.lower(), secret.upper(), secret[::-1], secret.encode().hex()])


MARKS = (
    MARK.lower(),
    MARK.upper(),
    MARK[::-1],
    MARK.encode().hex(),
    *(base64.b64encode(b"\0" * before + MARK.encode()).decode()[4:12] for before in range(3)),
)
"""What is left of the canaries in those forms."""


def echo(status: int) -> dict[str, t.Any]:
    """A service that repeats the password and the token in its refusal."""
    words = f"The value {PASSWORD} is not allowed, nor is {TOKEN} or {SECRET}; {in_other_forms(PASSWORD)}; {in_other_forms(TOKEN)}"
    return {
        "kind": "status",
        "status": status,
        "body": {"code": 3000, "description": words, "data": [words], "source": "PartnerFD"},
    }


SCENARIOS: dict[str, dict[str, t.Any]] = {
    "create": {"task": CREATE, "ok": True},
    "create in check mode": {"task": CREATE, "check": True, "ok": True},
    "create with a generated password": {
        "task": {**CREATE, "password": None, "credentials_file": "{{ scratch }}/credentials.jsonl"},
        "ok": True,
    },
    "reset": {"task": RESET, "ok": True},
    "reset with a generated password": {
        "task": {**RESET, "password": None, "credentials_file": "{{ scratch }}/credentials.jsonl"},
        "ok": True,
    },
    "token for a play": {"module": "access_token_info", "task": {}, "ok": True},
    "token renewed": {"module": "refresh_token", "task": {"dest": "{{ scratch }}/new-token"}, "ok": True},
    "examined": {"module": "sign_in_info", "task": {"customers": ["nobody.example"]}, "ok": True},
    "first sign-in": {
        "module": "consent",
        "task": {"refresh_token_file": "{{ scratch }}/token", "sign_in_timeout": 1, "redirect_port": 0},
    },
    "sign-in: assertion": {
        "task": {**CREATE, "client_assertion": "{{ lookup('ansible.builtin.env', 'CANARY_ASSERTION') }}"},
        "env": {"PARTNER_CENTER_CLIENT_SECRET": None},
    },
    "sign-in: job": {
        "task": CREATE,
        "env": {
            "PARTNER_CENTER_CLIENT_SECRET": None,
            "ACTIONS_ID_TOKEN_REQUEST_URL": "https://localhost:9/" + MARK,
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": MARK + "-job",
        },
    },
    "with a cache": {"task": {**RESET, "token_cache": True, "token_cache_path": "{{ scratch }}/cache"}, "ok": True},
    "refused with an echo": {
        "task": CREATE,
        "fault": {"match": {**API, "method": "POST"}, "do": echo(400), "times": None},
    },
    "forbidden with an echo": {
        "task": CREATE,
        "fault": {"match": {**API, "method": "POST"}, "do": echo(403), "times": None},
    },
    "broken with an echo": {
        "task": {**CREATE, "max_wait": 1},
        "fault": {"match": {**API, "method": "POST"}, "do": echo(500), "times": None},
    },
    "text with an echo": {
        "task": CREATE,
        "fault": {
            "match": {**API, "method": "POST"},
            "do": {"kind": "text", "status": 400, "text": f"no {PASSWORD} {TOKEN}"},
        },
    },
    "html": {
        "task": {**CREATE, "max_wait": 1},
        "fault": {"match": {**API, "method": "POST"}, "do": {"kind": "html"}, "times": None},
    },
    "answer cut off": {
        "task": {**CREATE, "max_wait": 1},
        "fault": {"match": {**API, "method": "POST"}, "do": {"kind": "truncated_json"}, "times": None},
        "ok": True,
    },
    "answer lost": {
        "task": CREATE,
        "fault": {"match": {**API, "method": "POST"}, "do": {"kind": "drop_after"}},
        "ok": True,
    },
    "answer lost for good": {
        "task": {**CREATE, "max_wait": 1},
        "fault": {"match": {**API, "method": "POST"}, "do": {"kind": "drop_before"}, "times": None},
    },
    "throttled": {
        "task": {**CREATE, "max_wait": 1},
        "fault": {"match": API, "do": {"kind": "throttle", "retry_after": 60}, "times": None},
    },
    "unauthorized": {"task": CREATE, "fault": {"match": API, "do": {"kind": "unauthorized"}, "times": None}},
    "bad options": {"task": {**CREATE, "customer_id": "x", "usage_location": "ZZ"}},
    "unknown option": {"task": {**CREATE, "no_such_option": 1}},
    "wrong type": {"task": {**CREATE, "timeout": "soon"}},
    "weak password": {
        "task": {
            **CREATE,
            "password": "{{ lookup('ansible.builtin.env', 'CANARY_PASSWORD') | lower | replace('-', '') | replace('7', '') }}",
        }
    },
    "sign-in: wrong secret": {"task": CREATE, "env": {"PARTNER_CENTER_CLIENT_SECRET": SECRET + "-wrong"}},
    "sign-in: unknown refresh token": {"task": CREATE, "env": {"PARTNER_CENTER_REFRESH_TOKEN": TOKEN + "-unknown"}},
    "sign-in: certificate password": {
        "task": {
            **CREATE,
            "client_certificate_path": "{{ state }}/client.pfx",
            "client_certificate_password": "{{ lookup('ansible.builtin.env', 'CANARY_PFX') }}",
        }
    },
    "sign-in: html": {"task": CREATE, "fault": {"match": {"server": "login"}, "do": {"kind": "html"}, "times": None}},
    "sign-in: redirect": {
        "task": CREATE,
        "fault": {
            "match": {"server": "login", "method": "POST"},
            "do": {"kind": "redirect", "location": "https://localhost:9/"},
            "times": None,
        },
    },
    "sign-in: broken": {
        "task": {**CREATE, "max_wait": 1},
        "fault": {
            "match": {"server": "login", "method": "POST"},
            "do": {"kind": "status", "status": 503, "body": f"x {TOKEN}"},
            "times": None,
        },
    },
    "sign-in: echo": {
        "task": CREATE,
        "fault": {
            "match": {"server": "login", "method": "POST"},
            "do": {
                "kind": "status",
                "status": 400,
                "body": {"error": "invalid_grant", "error_description": in_other_forms(TOKEN) + in_other_forms(SECRET)},
            },
            "times": None,
        },
    },
    "address with a password": {
        "task": {
            **CREATE,
            "api_url": "https://svc:{{ lookup('ansible.builtin.env', 'CANARY_PFX') }}@localhost:9",
            "timeout": "soon",
        }
    },
    "sign-in: dropped": {
        "task": {**CREATE, "max_wait": 1},
        "fault": {"match": {"server": "login", "method": "POST"}, "do": {"kind": "drop_before"}, "times": None},
    },
    "given token refused": {
        "task": {**CREATE, "access_token": "{{ lookup('ansible.builtin.env', 'CANARY_PASSWORD') }}"}
    },
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[t.Any]:
    """An emulator whose credentials are canaries."""
    seed = yaml.safe_load((ROOT / "tests/emulator/seeds/demo.yml").read_text(encoding="utf-8"))
    text = (
        json.dumps(seed)
        .replace('"emulator-client-secret"', f'"{SECRET}"')
        .replace('"emulator-refresh-token"', f'"{TOKEN}"')
    )
    path = tmp_path_factory.mktemp("seed") / "seed.yml"
    path.write_text(text)
    with launch.start(tmp_path_factory.mktemp("canary-emulator"), seed=path) as running:
        yield running


def files_below(*directories: Path) -> t.Iterator[Path]:
    for directory in directories:
        yield from (path for path in directory.rglob("*") if path.is_file())


def leaks(text: str, *values: str) -> list[str]:
    return [value for value in (MARK, JWT, *MARKS, *values) if value in text]


# How ansible-core masks and prints differs between versions; these show every way in which a module can end.
ON_EVERY_CORE = (
    "create",
    "token for a play",
    "refused with an echo",
    "answer lost",
    "bad options",
    "unknown option",
    "sign-in: wrong secret",
)


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.core_differences] if name in ON_EVERY_CORE else []) for name in SCENARIOS],
)
def test_nothing_leaks(house: t.Any, tmp_path: Path, name: str) -> None:
    scenario = SCENARIOS[name]
    house.control.reset()
    if "fault" in scenario:
        house.control.add_faults(scenario["fault"])
    environment = {
        **sign_in_environment(house.info),
        "PARTNER_CENTER_CLIENT_SECRET": SECRET,
        "PARTNER_CENTER_REFRESH_TOKEN": TOKEN,
        "CANARY_PASSWORD": PASSWORD,
        "CANARY_PFX": CERTIFICATE_PASSWORD,
        "CANARY_ASSERTION": MARK + "-assertion",
        "AZURE_CLIENT_SECRET": LOST,
    }
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    ansible = Runner(environment)
    options = {key: value for key, value in scenario["task"].items() if value is not None}
    play = {"vars": {"scratch": str(scratch), "state": str(Path(house.info["ca_path"]).parent)}}
    task = {"name": "Run", MODULE + scenario.get("module", "customer_user"): options}
    done = ansible.tasks(
        [task], play=play, verbosity=4, diff=True, check=scenario.get("check", False), env=scenario.get("env")
    )

    # The run did what the scenario is about; a playbook that never got there would leak nothing either.
    assert done.records and (done.rc == 0) is scenario.get("ok", False), done.output[-3000:]
    if not scenario.get("ok"):
        assert done.records[-1]["result"]["msg"]
    generated = []
    credentials = scratch / "credentials.jsonl"
    if credentials.exists():
        generated = [json.loads(line)["password"] for line in credentials.read_text().splitlines()]
        assert len(set(generated)) == 1
        credentials.unlink()
    if name == "with a cache":
        (cached,) = (scratch / "cache").glob("*.json")
        assert JWT in cached.read_text() and not leaks(cached.read_text().replace(JWT, "")), (
            "the one place where an access token may be"
        )
        cached.unlink()

    # ansible-core prints the whole environment lookup only as its result, so nothing is exempt.
    assert leaks(done.output, *generated) == []
    assert leaks(json.dumps(done.records), *generated) == []
    for path in files_below(ansible.directory, scratch):
        assert leaks(path.read_text(errors="replace"), *generated) == [], path
    assert leaks(json.dumps(house.control.log()), *generated) == []
    for path in files_below(Path(house.info["ca_path"]).parent):
        if path.suffix in (".log", ".out", ".err", ".txt"):
            assert leaks(path.read_text(errors="replace"), *generated) == [], path


def test_the_search_would_find_something() -> None:
    """The canary test itself: a printed password is found."""
    done = Runner({"CANARY_PASSWORD": PASSWORD}).tasks(
        [{"name": "Show", "ansible.builtin.debug": {"msg": CREATE["password"]}}]
    )
    assert leaks(done.output) == [MARK] and leaks(json.dumps(done.records)) == [MARK]


@pytest.mark.core_differences
def test_what_no_option_takes_is_not_shown(ansible: Runner) -> None:
    """A secret under a wrong name, or in the wrong place: Ansible prints the options of a task that it refuses."""
    number = int("98765" * 3)
    tasks: list[tuple[str, dict[str, t.Any]]] = [
        (
            "customer_user",
            {
                "customer_id": CONTOSO,
                "auth": {"client_secret": "{{ mark }}-1"},
                "tokens": ["{{ mark }}-2"],
                "pasword": "{{ number | int }}",
            },
        ),
        (
            "customer_users",
            {
                "customers": [{"customer_id": CONTOSO, "client_secret": "{{ mark }}-3"}],
                "purge_scope": {"secrets": [{"a": "{{ mark }}-4"}]},
            },
        ),
        ("azure_pack_users", {"users": [], "defaults": {"password": "{{ mark }}-5"}}),
    ]
    play = {
        "vars": {
            "mark": "{{ lookup('ansible.builtin.env', 'CANARY_MARK') }}",
            "number": "{{ lookup('ansible.builtin.env', 'CANARY_NUMBER') }}",
        }
    }
    done = ansible.tasks(
        [{"name": "Run", MODULE + name: options, "ignore_errors": True} for name, options in tasks],
        play=play,
        verbosity=4,
        env={"CANARY_MARK": MARK, "CANARY_NUMBER": str(number)},
    )
    assert [record["kind"] for record in done.records] == ["failed"] * len(tasks), done.output
    assert "client_secret" in done.records[1]["result"]["msg"] and "'password'" in done.records[2]["result"]["msg"]
    assert leaks(done.output, str(number)) == [] and leaks(json.dumps(done.records), str(number)) == []
