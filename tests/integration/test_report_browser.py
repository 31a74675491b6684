"""The HTML report in a real browser: what a person sees and operates, and that nothing leaves."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
from ansible_collections.tenantops.partner_center.plugins.filter.to_report import to_report
from support.browser import Browser
from support.playbooks import MODULE, Runner

CONTOSO = "1c9a6a52-0c6e-4f0e-8f3d-6d1b7a2f9b01"
FABRIKAM = "2d8b7b63-1d7f-4a1f-9a4e-7e2c8b3a0c02"
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


def test_the_people_scroll_in_their_own_box(browser: Browser, tmp_path: Path) -> None:
    rows = [user(n, CONTOSO, "changed", f"p{n}@contoso.example", action="create", person=f"p{n}") for n in range(20)]
    file = tmp_path / "people.html"
    file.write_text(to_report({"mode": "converge", "rows": rows, "customers": results()["customers"]}, "html"))
    browser.open(file, width=390)
    assert browser.js("document.querySelector('.matrix').scrollWidth") > 390
    assert browser.js("document.documentElement.scrollWidth") <= 390


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
    assert "Prediction: nothing was changed." in text
    assert "to rename" in text and "renamed" not in text
    assert text.count("changed") == sum(map(text.count, ("would be changed", "nothing was changed", "unchanged")))


def test_controls_have_names_and_text_has_contrast(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["plain"])
    tree = browser.cdp("Accessibility.getFullAXTree")["nodes"]
    operable = [
        node
        for node in tree
        if not node.get("ignored")
        and node["role"]["value"] in ("searchbox", "checkbox", "button", "link", "combobox", "DisclosureTriangle")
    ]
    assert len(operable) >= 9
    assert all(node["name"]["value"].strip() for node in operable)
    for scheme in ("light", "dark"):
        browser.open(pages["plain"], scheme=scheme)
        assert browser.js(f"({LOW_CONTRAST})()") == []


def dense() -> dict[str, t.Any]:
    names = [
        "Adele Vance",
        "Henrietta Mueller-Fernandez",
        "Zoe Wilber",
        "Christie Cline",
        "Bianca Pisani",
        "Irvin Sayers",
    ]
    fields: dict[str, t.Any] = {"phone_number": {"before": "+1 425 555 0100", "after": "+1 425 555 0199"}}
    rows = [
        user(
            place,
            CONTOSO,
            status,
            f"{name.lower().replace(' ', '.')}{place}@contoso.example",
            display_name=name,
            user_id=FABRIKAM,
            action=action,
            fields=fields if status == "changed" else {},
            **({"message": "Insufficient privileges to complete the operation."} if status == "failed" else {}),
        )
        for place, (name, status, action) in enumerate(
            zip(
                names * 2,
                ["ok", "ok", "changed", "changed", "failed", "failed"] * 2,
                ["none", "none", "delete", "update", "create", "delete"] * 2,
            )
        )
    ]
    return {"mode": "converge", "rows": rows}


def test_rows_are_dense_and_drawn_and_can_be_sorted(browser: Browser, tmp_path: Path) -> None:
    page = tmp_path / "dense.html"
    page.write_text(to_report(dense(), "html"), encoding="utf-8")
    browser.open(page, width=1400)
    rows = "Array.from(document.querySelectorAll('.users > li'))"
    heights = browser.js(f"{rows}.map(row => row.getBoundingClientRect().height)")
    assert len(heights) == 12 and 10 < min(heights) and max(heights) <= 44
    drawn = "Array.from(document.querySelectorAll('body *')).every(e => getComputedStyle(e).contentVisibility === 'visible')"
    assert browser.js(drawn), "a picture of the whole page would have blank rows"
    assert browser.js("document.body.innerText").count("Insufficient privileges") == 2, "deletions, and the others"
    colours = browser.js(f"{rows}.map(row => getComputedStyle(row.querySelector('.chip')).backgroundColor)")
    assert colours[0] == colours[1] and colours[0] not in colours[2:]
    assert [text.split("\n")[0] for text in browser.displayed(".users > li > .chip")][:2] == ["\u2212 deleted"] * 2

    browser.js(
        "(document.getElementById('sort').value = 'display', document.getElementById('sort').dispatchEvent(new Event('change')))"
    )
    names = browser.displayed(".group.ok .display")
    assert names == sorted(names) and len(names) == 4
    browser.click("#reset")
    assert browser.displayed(".group.ok .place") == ["users.csv:2", "users.csv:3", "users.csv:8", "users.csv:9"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_mark_has_contrast(browser: Browser, tmp_path: Path, scheme: str) -> None:
    kinds = ["delete", "create", "restore", "rename", "update"]
    rows = [user(place, CONTOSO, "changed", f"{kind}@contoso.example", action=kind) for place, kind in enumerate(kinds)]
    page = tmp_path / "marks.html"
    page.write_text(
        to_report([{"mode": "plan", "rows": rows}, {**dense(), "rows": [*rows, *dense()["rows"]]}], "html"),
        encoding="utf-8",
    )
    browser.open(page, scheme=scheme)
    assert browser.js(f"({LOW_CONTRAST})()") == []


@pytest.mark.thorough
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
