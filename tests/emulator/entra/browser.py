"""A browser for forms: gets a page, fills fields in by id, presses a button, follows redirects within the sign-in host.
No scripts.

For tests of what lies behind the pages; whether a real browser shows and posts them is another test's business.
"""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import requests


class Page:
    """What a person would see. `url` is where it came from; `left` is the address that the browser was sent away to, or
    None."""

    def __init__(
        self, url: str, status: int = 200, html: str = "", left: str | None = None, headers: Any = None
    ) -> None:
        self.url, self.status, self.html, self.left, self.headers = url, status, html, left, headers or {}
        parsed = _Elements()
        parsed.feed(html)
        self.fields, self.buttons, self.texts = parsed.fields, parsed.buttons, parsed.texts
        self.action, self.hidden = parsed.action, parsed.hidden

    @property
    def error(self) -> str:
        return self.texts.get("error", "")

    @property
    def answer(self) -> dict[str, str]:
        """The parameters of the address that the browser was sent to."""
        parts = urlsplit(self.left or "")
        return {
            name: values[0] for name, values in parse_qs(parts.query or parts.fragment, keep_blank_values=True).items()
        }


class Browser:
    def __init__(self, session: requests.Session) -> None:
        self._session = session
        self.page = Page("about:blank")

    def open(self, url: str) -> Page:
        return self._take(self._session.get(url, allow_redirects=False))

    def press(self, button: str, **by_id: str) -> Page:
        """Sends the form with the fields given (`_` for `-` in ids) by the button of this id. Both must be on the
        page."""
        form = dict(self.page.hidden)
        for name, value in by_id.items():
            form[self.page.fields[name.replace("_", "-")]] = value
        form.update(self.page.buttons[button])
        return self._take(
            self._session.post(urljoin(self.page.url, self.page.action), data=form, allow_redirects=False)
        )

    def _take(self, answer: requests.Response) -> Page:
        location = answer.headers.get("Location")
        if answer.is_redirect and location and urlsplit(location).netloc == urlsplit(answer.url).netloc:
            return self.open(location)
        self.page = Page(answer.url, answer.status_code, answer.text, location, answer.headers)
        return self.page


class _Elements(HTMLParser):
    """Fields (id -> name), buttons (id -> what it sends), the values that forms come with, and the texts of elements
    with an id."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.buttons: dict[str, dict[str, str]] = {}
        self.texts: dict[str, str] = {}
        self.hidden: dict[str, str] = {}
        self.action = ""
        self._open: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = known.get("action", "")
        elif tag == "input":
            if "id" in known:
                self.fields[known["id"]] = known["name"]
            if known.get("type") != "checkbox" and "name" in known:
                self.hidden[known["name"]] = known.get("value", "")
        elif tag not in ("meta", "link", "br"):
            if tag == "button":
                self.buttons[known.get("id", "")] = {known["name"]: known.get("value", "")} if "name" in known else {}
            self._open.append((tag, known.get("id")))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        for _tag, name in self._open:
            if name:
                self.texts[name] = self.texts.get(name, "") + data
