"""Texts that try to break out of a report."""

from __future__ import annotations

import typing as t

from .reports import result, row

HOSTILE = [
    "<script>alert(1)</script>",
    "</script></style></title><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)" x="',
    "' autofocus onfocus=alert(1) x='",
    "{{ 7*7 }}{% raw %}{# #}",
    "javascript:alert(1)",
    "\u202egnp.exe\u202c",
    "\ufeffa\u200bb\u00adc\u00a0d\u3164",
    "a\r\nb\nc\td\x00e\x1b[31m\x7f",
    "&lt;b&gt; &amp;amp; &#60;",
    "]]><!-- --><![CDATA[",
    "\ud800 lone",
    "\U0001f469\u200d\U0001f4bb",
    "N" * 300,
]


def everywhere(text: str) -> dict[str, t.Any]:
    """A result with this text in every place that takes one."""
    fields = {text: {"before": text, "after": text}, "a list of things": {"before": [text], "after": {text: text}}}
    values = {
        "user_principal_name": text,
        "display_name": f"{text}?",
        "user_id": text,
        "source": text,
        "action": text,
        "code": text,
        "request_id": f"{text}#",
        "correlation_id": f"{text}#",
    }
    named = {
        "customer_id": text,
        "customer_name": text,
        "domain": text,
        "message": f"{text}!",
        "spared": [{"user_principal_name": text, "reason": text}],
    }
    failed = row(0, "failed", customer_id=text, message=text, fields=fields, **values)
    return result(failed, msg=text, mode=f"{text}!", correlation_id="another", customers=[named])
