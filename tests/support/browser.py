"""A real browser that tests drive, by the WebDriver protocol."""

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
from contextlib import contextmanager
from pathlib import Path

import requests

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


@contextmanager
def opened() -> t.Iterator[Browser]:
    """A browser with a profile of its own, until the end of the block. `install` comes first."""
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
