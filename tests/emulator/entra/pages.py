"""The pages that a person sees: plain HTML without scripts of others, images or fonts. README.md lists the ids that a
test may rely on.

Everything that comes from outside goes through `html.escape`.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from html import escape

from starlette.responses import HTMLResponse

_STYLE = (
    "body{font:16px sans-serif;margin:4em auto;max-width:28em;padding:0 "
    "1em}input,button{font:inherit;padding:.4em;margin:.3em 0}"
    "input[type=text],input[type=password]{width:100%;box-sizing:border-box}#error{color:#a00}"
)


def sign_in(action: str, flow_token: str, application: str, login: str = "", error: str = "") -> HTMLResponse:
    """Account and password. A form without a password comes back with the account kept, as on a page of two steps."""
    at_login, at_password = ("", " autofocus") if login else (" autofocus", "")
    return _page(
        "Sign in",
        f"<p>to continue to <strong id=application>{escape(application)}</strong></p>{_error(error)}"
        + _form(
            action,
            flow_token,
            "<label for=login>Account</label><input type=text id=login name=login autocomplete=username "
            f'value="{escape(login)}"{at_login}>'
            "<label for=password>Password</label><input type=password id=password name=password "
            f"autocomplete=current-password{at_password}><button id=next name=action value=next>Next</button> <button "
            "id=cancel name=action value=cancel>Cancel</button>",
        ),
    )


def second_factor(action: str, flow_token: str, login: str, error: str = "") -> HTMLResponse:
    return _page(
        "Verify your identity",
        f"<p id=account>{escape(login)}</p><p>Enter the code of your authenticator application.</p>{_error(error)}"
        + _form(
            action,
            flow_token,
            "<label for=code>Code</label><input type=text id=code name=code inputmode=numeric "
            "autocomplete=one-time-code autofocus><button id=verify name=action value=verify>Verify</button> <button "
            "id=cancel name=action value=cancel>Cancel</button>",
        ),
    )


def consent(
    action: str,
    flow_token: str,
    login: str,
    application: str,
    permissions: list[str],
    *,
    offer_all: bool,
    for_all: bool,
) -> HTMLResponse:
    """`offer_all`: an administrator may consent for everybody. `for_all`: nothing else was asked for."""
    rows = "".join(f"<li>{escape(permission)}</li>" for permission in permissions)
    checkbox = (
        "<p><label><input type=checkbox id=for-all name=for_all value=1> Consent on behalf of your "
        "organization</label></p>"
    )
    whose = "for everybody in your organization" if for_all else "for your account"
    return _page(
        "Permissions requested",
        f"<p id=account>{escape(login)}</p><p><strong id=application>{escape(application)}</strong> asks "
        f"{whose}:</p><ul id=permissions>{rows}</ul>"
        + _form(
            action,
            flow_token,
            (checkbox if offer_all else "")
            + "<button id=accept name=action value=accept>Accept</button> <button id=cancel name=action "
            "value=cancel>Cancel</button>",
        ),
    )


def admin_approval(action: str, flow_token: str, login: str, application: str, error: str) -> HTMLResponse:
    return _page(
        "Need admin approval",
        f"<p id=account>{escape(login)}</p><p><strong id=application>{escape(application)}</strong> needs permissions "
        "that only an administrator can grant.</p>"
        + _error(error)
        + _form(
            action,
            flow_token,
            "<button id=cancel name=action value=cancel>Return to the application without granting consent</button>",
        ),
    )


def device(action: str, user_code: str = "", error: str = "") -> HTMLResponse:
    return _page(
        "Enter code",
        f"<p>Enter the code that your device or application shows.</p>{_error(error)}"
        + f'<form method=post action="{escape(action)}"><label for=user-code>Code</label>'
        f'<input type=text id=user-code name=user_code autocomplete=off autofocus value="{escape(user_code)}"><button '
        "id=next>Next</button></form>",
    )


def done(title: str, text: str) -> HTMLResponse:
    return _page(title, f"<p id=message>{escape(text)}</p>")


def failure(text: str, facts: Mapping[str, str], status: int = 400) -> HTMLResponse:
    """What a person sees where no application can be told. `facts` are shown one a line, under their names."""
    lines = "".join(f"<li>{escape(name)}: {escape(value)}</li>" for name, value in facts.items())
    return _page("Sorry, but we're having trouble signing you in", f"{_error(text)}<ul>{lines}</ul>", status)


def post_back(target: str, fields: Mapping[str, str]) -> HTMLResponse:
    """A form that sends itself to the application ("OAuth 2.0 Form Post Response Mode")."""
    inputs = "".join(
        f'<input type=hidden name="{escape(name)}" value="{escape(value)}">' for name, value in fields.items()
    )
    nonce = secrets.token_urlsafe(16)
    return _page(
        "Working...",
        f'<form id=post-back method=post action="{escape(target)}">{inputs}<noscript><button '
        f'id=continue>Continue</button></noscript></form><script nonce="{nonce}">document.forms[0].submit()</script>',
        script=f"script-src 'nonce-{nonce}'; ",
    )


def _error(text: str) -> str:
    return f"<p id=error role=alert>{escape(text)}</p>" if text else ""


def _form(action: str, flow_token: str, inner: str) -> str:
    return (
        f'<form method=post action="{escape(action)}"><input type=hidden name=flow_token '
        f'value="{escape(flow_token)}">{inner}</form>'
    )


def _page(title: str, body: str, status: int = 200, script: str = "") -> HTMLResponse:
    """`form-action` is not limited: browsers apply it to redirects as well, and a sign-in ends with one to the
    application."""
    return HTMLResponse(
        "<!doctype html><html lang=en><head><meta "
        f"charset=utf-8><title>{escape(title)}</title><style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>{body}</body></html>",
        status_code=status,
        headers={
            "Content-Security-Policy": f"default-src 'none'; style-src 'unsafe-inline'; {script}base-uri 'none'; "
            "frame-ancestors 'none'",
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        },
    )
