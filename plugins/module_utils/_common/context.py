# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What the body of a module knows about its task. Whether it has a process of its own, or is in Ansible's worker, it
cannot see and need not.

There are two makers: ``module.run`` in a process, and ``plugin_utils.running.in_place.execute`` in a worker. What they
make is the same object from the same text.
"""

from __future__ import annotations

import typing as t

from .interruption import Stopper
from .problem import Problem
from .progress import Watcher
from .secrets import Secrets

S_co = t.TypeVar("S_co", covariant=True)


class TaskContext(t.Protocol[S_co]):
    """A task. The parameter is the kind of its connection settings."""

    params: t.Any
    """The options after the argument spec: converted, with defaults."""
    given: dict[str, t.Any]
    """The options as they were written, in the types that YAML and templates gave."""
    check_mode: bool
    secrets: Secrets
    interruption: Stopper
    watcher: Watcher | None

    @property
    def diff_mode(self) -> bool:
        """Whether the result shall have the key ``diff``."""

    def settings(self) -> S_co:
        """The connection options, resolved and valid. :raises OptionError:"""

    def warn(self, warning: str) -> None:
        """Show a sentence, without secrets."""

    def explicit(self) -> set[str]:
        """Names of the connection options that the task (or module_defaults) gave, aliases resolved."""

    def text_problems(self) -> list[Problem]:
        """What is wrong with the texts of the task."""

    def reveal(self, key: str, value: str) -> None:
        """This key of the result is a secret on purpose, and is not masked."""
