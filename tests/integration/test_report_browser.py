"""The HTML report in a real browser: what a person sees and operates, and that nothing leaves."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import typing as t
from pathlib import Path

import pytest
import requests
from ansible_collections.tenantops.partner_center.plugins.filter.to_report import to_report
from support.playbooks import MODULE, Runner

CONTOSO = "1c9a6a52-0c6e-4f0e-8f3d-6d1b7a2f9b01"
FABRIKAM = "2d8b7b63-1d7f-4a1f-9a4e-7e2c8b3a0c02"
PROGRAMS = ("chromium", "chromedriver")
# Chromium would otherwise look for updates and for the hosts of its maker at every start.
ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--hide-scrollbars",
]
HOSTILE = [
    "<script>document.title = 'owned'</script>",
    '"><img src=x onerror=document.title="owned">',
    "{{ 7*7 }} ${7*7} {% raw %}",
    "javascript:document.title='owned'",
    "\u202egnp.exe",
    "\u05d0\u05d1\u05d2",
    "\U0001f469\u200d\U0001f4bb",
    "N" * 300,
    "https://example.com/a.png",
    "</style></script><style>*{display:none}</style>",
]


def install() -> str | None:
    """Install the browser if that is possible here; otherwise say what is missing. One process at a time, and one attempt for all of them."""
    place = Path(tempfile.gettempdir(), f"tenantops-browser-{os.getuid()}")
    with open(f"{place}.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        tried = Path(f"{place}.tried")
        recent = tried.exists() and time.time() - tried.stat().st_mtime < 3600
        if not all(map(shutil.which, PROGRAMS)) and os.geteuid() == 0 and shutil.which("apt-get") and not recent:
            tried.touch()
            for command in (
                ["update"],
                ["install", "--yes", "--no-install-recommends", "chromium", "chromium-driver", "fonts-dejavu-core"],
            ):
                try:
                    subprocess.run(
                        ["apt-get", "-qq", *command],
                        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
                        stdin=subprocess.DEVNULL,
                        capture_output=True,
                        timeout=400,
                        check=False,
                    )
                except subprocess.TimeoutExpired:
                    break
    return None if all(map(shutil.which, PROGRAMS)) else "chromium is not installed and cannot be installed here"


class Browser:
    """A session of Chromium, over the protocol of chromedriver."""

    def __init__(self, port: int, profile: Path) -> None:
        self._http = requests.Session()
        self._http.trust_env = False
        self._base = f"http://127.0.0.1:{port}"
        options = {"args": [*ARGUMENTS, f"--user-data-dir={profile}"]}
        wanted = {
            "browserName": "chrome",
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }
        wanted["acceptInsecureCerts"] = True  # the emulator's own authority is unknown to the browser
        self._base += (
            "/session/" + self._call("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})["sessionId"]
        )

    def close(self) -> None:
        self._call("DELETE", "")

    def _call(self, method: str, path: str, body: t.Any = None) -> t.Any:
        answer = self._http.request(method, self._base + path, json=body, timeout=60).json()["value"]
        assert not (isinstance(answer, dict) and "error" in answer), answer
        return answer

    def cdp(self, command: str, **parameters: t.Any) -> t.Any:
        return self._call("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def open(self, page: Path, width: int = 1280, scheme: str = "light", script: bool = True) -> None:
        """Load a page in a window of this width. Earlier log entries are forgotten."""
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=width < 600)
        self.cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.cdp("Emulation.setScriptExecutionDisabled", value=not script)
        self._call("POST", "/url", {"url": "about:blank"})
        for kind in ("browser", "performance"):
            self.log(kind)
        self._call("POST", "/url", {"url": page.as_uri()})

    def go(self, address: str) -> None:
        """Load an address as a person would."""
        self._call("POST", "/url", {"url": address})

    def log(self, kind: str) -> list[dict[str, t.Any]]:
        return self._call("POST", "/se/log", {"type": kind})

    def asked_for(self) -> list[str]:
        """The addresses that were asked for since the page was opened."""
        messages = [json.loads(entry["message"])["message"] for entry in self.log("performance")]
        return [
            message["params"]["request"]["url"]
            for message in messages
            if message["method"] == "Network.requestWillBeSent"
        ]

    def js(self, expression: str) -> t.Any:
        return self._call("POST", "/execute/sync", {"script": f"return {expression}", "args": []})

    def elements(self, css: str) -> list[str]:
        return [
            next(iter(found.values()))
            for found in self._call("POST", "/elements", {"using": "css selector", "value": css})
        ]

    def displayed(self, css: str) -> list[str]:
        """The texts of the elements that a person can see."""
        return [
            self._call("GET", f"/element/{one}/text")
            for one in self.elements(css)
            if self._call("GET", f"/element/{one}/displayed")
        ]

    def keys(self, text: str) -> None:
        """Press keys, wherever the focus is."""
        actions = [{"type": kind, "value": char} for char in text for kind in ("keyDown", "keyUp")]
        self._call("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def click(self, css: str) -> None:
        self._call("POST", f"/element/{self.elements(css)[0]}/click", {})

    def until(self, expression: str) -> None:
        """Wait until this is true in the page."""
        end = time.monotonic() + 20
        while not self.js(expression):
            assert time.monotonic() < end, f"not within 20 seconds: {expression}"
            time.sleep(0.05)


@pytest.fixture(scope="module")
def browser() -> t.Iterator[Browser]:
    missing = install()
    if missing:
        pytest.skip(missing)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="pc-", ignore_cleanup_errors=True) as scratch:
        driver = subprocess.Popen(
            ["chromedriver", f"--port={port}"],
            env={**os.environ, "HOME": scratch, "TMPDIR": scratch},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            end = time.monotonic() + 30
            while True:
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                assert driver.poll() is None and time.monotonic() < end, "chromedriver did not start"
                time.sleep(0.05)
            session = Browser(port, Path(scratch, "profile"))
            yield session
            session.close()
        finally:
            driver.terminate()
            driver.wait(timeout=20)


def user(index: int, customer: str, status: str, name: str, **more: t.Any) -> dict[str, t.Any]:
    return {
        "index": index,
        "source": f"users.csv:{index + 2}",
        "customer_id": customer,
        "user_principal_name": name,
        "status": status,
        **more,
    }


def results(check_mode: bool = False) -> dict[str, t.Any]:
    changed = {
        "display_name": {"before": "Adele Vance", "after": "Ad\u00e8le Stone"},
        "password": {"before": None, "after": "********"},
    }
    rows = [
        user(0, CONTOSO, "ok", "alex.wilber@contoso.example", user_id=FABRIKAM),
        user(1, CONTOSO, "changed", "adele.stone@contoso.example", action="rename+update", fields=changed),
        user(
            2,
            CONTOSO,
            "failed",
            "grace@contoso.example",
            action="create",
            http_status=403,
            code="900308",
            message="Failed: create. No role.",
        ),
        user(3, FABRIKAM, "unknown", "lynne@fabrikam.example", action="create", message="The outcome is unknown."),
        user(4, FABRIKAM, "skipped", "megan@fabrikam.example", action="delete"),
    ]
    customers = [
        {"customer_id": CONTOSO, "customer_name": "Contoso"},
        {"customer_id": FABRIKAM, "customer_name": "Fabrikam"},
    ]
    return {"mode": "converge", "check_mode": check_mode, "rows": rows, "customers": customers}


def hostile() -> dict[str, t.Any]:
    rows = [
        user(
            place,
            text,
            "failed",
            text,
            action=text,
            source=text,
            message=text,
            code=text,
            fields={text: {"before": text, "after": [text]}},
        )
        for place, text in enumerate(HOSTILE)
    ]
    customers = [{"customer_id": text, "customer_name": text, "message": text} for text in HOSTILE]
    return {"mode": "converge", "rows": rows, "customers": customers, "msg": HOSTILE[0]}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    place = tmp_path_factory.mktemp("pages")
    made = {
        "plain": results(),
        "check": results(check_mode=True),
        "mixed": [results(), results(check_mode=True)],
        "hostile": hostile(),
        "empty": [],
    }
    for name, value in made.items():
        Path(place, f"{name}.html").write_text(to_report(value, "html"), encoding="utf-8")
    return {name: Path(place, f"{name}.html") for name in made}


@pytest.mark.core_differences
def test_a_playbook_gets_text(ansible: Runner, tmp_path: Path) -> None:
    """Some versions of ansible-core would make data of what looks like JSON, and run what looks like a template."""
    users = [{"user_principal_name": "adele.vance@contoso.example", "display_name": "{{ '{{' }} 7*7 }} Adele"}]
    tasks: list[dict[str, t.Any]] = [
        {
            "name": "Declare",
            MODULE + "customer_users": {"customer_id": CONTOSO, "users": users},
            "register": "outcome",
            "check_mode": True,
        }
    ]
    for name in ("json", "markdown", "html"):
        text = f"{{{{ outcome | tenantops.partner_center.to_report('{name}') }}}}"
        keep = {"content": "{{ text }}", "dest": str(tmp_path / name), "mode": "0600"}
        tasks.append({"name": "Keep", "ansible.builtin.copy": keep, "vars": {"text": text}})
    done = ansible.tasks(tasks)
    assert done.rc == 0, done.output
    kept = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    assert kept["json"].startswith('{\n  "schema_version": 1,\n')
    (changed,) = json.loads(kept["json"])["users"]
    assert changed["status"] == "would_change" and changed["fields"]["display_name"]["after"] == "{{ 7*7 }} Adele"
    assert "&#123;`{ 7*7 }} Adele`" in kept["markdown"]
    assert "&#123;&#123; 7*7 }} Adele" in kept["html"]


@pytest.mark.core_differences
def test_an_undefined_variable_is_named(ansible: Runner) -> None:
    done = ansible.tasks(
        [
            {
                "name": "Show",
                "ansible.builtin.debug": {"msg": "{{ no_such_outcome | tenantops.partner_center.to_report('json') }}"},
            }
        ]
    )
    assert done.rc != 0 and "'no_such_outcome' is undefined" in done.output


USERS = ".users > li b"


def test_everything_is_shown_worst_first(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["plain"])
    assert [name.split("@")[0] for name in browser.displayed(USERS)] == [
        "grace",
        "adele.stone",
        "alex.wilber",
        "lynne",
        "megan",
    ]


def test_typing_filters_names_customers_and_messages_without_accents(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["plain"])
    browser.click("#query")
    browser.keys("ADELE stone")
    browser.until("document.getElementById('shown').textContent.startsWith('1 of 5')")
    assert browser.displayed(USERS) == ["adele.stone@contoso.example"]
    assert browser.displayed("h3") == ["Contoso"] and browser.displayed(".hits") == ["1 of 3 shown"]
    assert browser.displayed("#filter output") == ["0", "0", "1", "0", "0"]
    browser.click("#reset")
    browser.keys("fabrikam")  # the focus is in the field again
    browser.until("document.getElementById('shown').textContent.startsWith('2 of 5')")
    assert browser.displayed("h3") == ["Fabrikam"]
    browser.keys(" nobody")
    browser.until("document.getElementById('shown').textContent.startsWith('0 of 5')")
    assert browser.displayed("#nothing") == ["No user matches the filter."]


def test_the_status_filter_works_with_the_keyboard_alone(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["plain"])
    tab, space = "\ue004", " "
    browser.js("document.getElementById('query').focus()")
    browser.keys(tab + space)  # from the field to the first box, which is that of the failed users
    browser.until("document.getElementById('shown').textContent.startsWith('4 of 5')")
    assert "grace@contoso.example" not in browser.displayed(USERS)
    assert browser.displayed("#filter output") == ["1"] * 5  # they count what the text matches, shown or not


def test_nothing_is_asked_for_and_nothing_is_complained_about(browser: Browser, pages: dict[str, Path]) -> None:
    for page in pages.values():
        browser.open(page)
        assert browser.asked_for() == [page.as_uri()]
        assert browser.log("browser") == []


def test_hostile_values_are_only_text(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["hostile"])
    assert browser.js("document.title") == "Customer users"
    assert browser.js("document.querySelectorAll('script, style, img, a:not([href^=\"#\"])').length") == 2, (
        "the page's own script and style"
    )
    shown = browser.displayed(USERS)
    for text in HOSTILE:
        assert text.replace("\u202e", "[U+202E]") in shown


def test_a_script_that_gets_in_would_not_run(browser: Browser, pages: dict[str, Path], tmp_path: Path) -> None:
    """The policy is a second lock: the test breaks the first one."""
    broken = tmp_path / "broken.html"
    text = pages["plain"].read_text(encoding="utf-8")
    broken.write_text(
        text.replace(
            "</main>", "<script>document.title = 'owned'</script><img src='https://example.com/x.png'></main>"
        ),
        encoding="utf-8",
    )
    browser.open(broken)
    assert browser.js("document.title") == "Customer users"
    assert sum("Content Security Policy" in entry["message"] for entry in browser.log("browser")) == 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page", ["mixed", "check", "hostile", "empty"])
def test_a_telephone_needs_no_sideways_scrolling(
    browser: Browser, pages: dict[str, Path], page: str, scheme: str
) -> None:
    browser.open(pages[page], width=360, scheme=scheme)
    assert browser.js("document.documentElement.clientWidth") == 360
    assert browser.js("document.documentElement.scrollWidth") <= 360
    # 16 pixels of margin stay free, so nothing sticks out of the box that it is in either.
    outside = "Array.from(document.querySelectorAll('main *')).filter(e => e.getBoundingClientRect().right > 345).map(e => e.outerHTML.slice(0, 99))"
    assert browser.js(outside) == []


def test_without_a_script_everything_is_there(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["plain"], script=False)
    assert not browser.cdp("Runtime.evaluate", expression="document.getElementById('shown').textContent")["result"][
        "value"
    ]
    visible = browser.cdp("Runtime.evaluate", expression="document.body.innerText")["result"]["value"]
    for words in (
        "alex.wilber@contoso.example",
        "megan@fabrikam.example",
        "Ad\u00e8le Stone",
        "Failed: create. No role.",
        "900308",
    ):
        assert words in visible
    for words in ("Show all", "No user matches"):
        assert words not in visible, "what only a script can operate is not shown"


def test_check_mode_says_everywhere_that_it_is_a_prediction(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["check"])
    text = browser.js("document.body.innerText")
    assert "This is a prediction: nothing was changed." in text
    assert text.count("changed") == text.count("would be changed") + text.count("nothing was changed")


def test_controls_have_names_and_text_has_contrast(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["plain"])
    tree = browser.cdp("Accessibility.getFullAXTree")["nodes"]
    operable = [
        node
        for node in tree
        if not node.get("ignored")
        and node["role"]["value"] in ("searchbox", "checkbox", "button", "link", "DisclosureTriangle")
    ]
    assert len(operable) >= 9
    assert all(node["name"]["value"].strip() for node in operable)
    for scheme in ("light", "dark"):
        browser.open(pages["plain"], scheme=scheme)
        assert browser.js(f"({LOW_CONTRAST})()") == []


def test_ten_thousand_users_stay_usable(browser: Browser, tmp_path: Path) -> None:
    rows = [
        user(
            n,
            CONTOSO if n % 2 else FABRIKAM,
            "changed" if n % 5 == 0 else "ok",
            f"user{n:05}@contoso.example",
            user_id=CONTOSO,
        )
        for n in range(10_000)
    ]
    page = tmp_path / "large.html"
    page.write_text(to_report({"rows": rows}, "html"), encoding="utf-8")
    assert page.stat().st_size < 5_000_000
    browser.open(page)
    assert browser.js("performance.timing.loadEventEnd - performance.timing.navigationStart") < 15_000
    browser.js(
        "(document.getElementById('query').value = 'user09999', document.getElementById('query').dispatchEvent(new Event('input')))"
    )
    browser.until("document.getElementById('shown').textContent === '1 of 10,000 users shown'")
    visible = "Array.from(document.querySelectorAll('.users > li b')).filter(e => e.checkVisibility()).map(e => e.textContent)"
    assert browser.js(visible) == ["user09999@contoso.example"]


# Texts whose contrast to what is behind them is under 4.5, the limit of WCAG's level AA.
LOW_CONTRAST = r"""() => {
  const numbers = (color) => color.match(/[\d.]+/g).map(Number);
  const light = (color) => numbers(color).slice(0, 3).map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, place) => sum + part * [0.2126, 0.7152, 0.0722][place], 0);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if ((numbers(color)[3] ?? 1) > 0) { return color; }
    }
    return "rgb(255, 255, 255)";
  };
  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = Array.from(element.childNodes).some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || !element.checkVisibility()) { continue; }
    const [low, high] = [light(getComputedStyle(element).color), light(behind(element))].sort((a, b) => a - b);
    if ((high + 0.05) / (low + 0.05) < 4.5) { found.push(element.outerHTML.slice(0, 120)); }
  }
  return found;
}"""
