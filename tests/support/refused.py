# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was refused, by its meaning."""

from __future__ import annotations

import contextlib
import typing as t

import pytest


@contextlib.contextmanager
def refused(
    kind: type[BaseException] | tuple[type[BaseException], ...], **details: t.Any
) -> t.Iterator[pytest.ExceptionInfo[t.Any]]:
    """Something is refused with these details.

    :param kind: the class of the error.
    :param details: ``reason``, ``error_class``, ``http_status`` or other members of ``failure``. With ``option``, a
        problem with that reason is about that option.
    """
    assert details, "without details, pytest.raises says the same"
    option = details.pop("option", None)
    with pytest.raises(kind) as caught:
        yield caught
    error = t.cast(t.Any, caught.value)
    assert {name: error.details.get(name) for name in details} == details, error
    if option is not None:
        assert (option, details.get("reason")) in about(error.problems), error


def about(problems: t.Iterable[t.Any]) -> list[tuple[str | None, str | None]]:
    """Option and reason of problems; both None of a mere sentence."""
    return [(getattr(problem, "option", None), getattr(problem, "reason", None)) for problem in problems]
