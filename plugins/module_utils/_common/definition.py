# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What a module is: its options and what it does. The file below ``modules/`` runs it in a process of its own, the
action plugin of the same name in Ansible's worker; both take it from here.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .module import CollectionModule


@dataclass(frozen=True)
class Definition:
    """A module.

    :param system: the frame with the options that all modules of one system have.
    :param spec: the module's own options.
    :param body: from the task to the result.
    :param rules: what AnsibleModule knows about options together (``mutually_exclusive`` and its like).
    """

    system: type[CollectionModule]
    spec: t.Mapping[str, t.Any]
    body: t.Callable[[t.Any], dict[str, t.Any]]
    rules: t.Mapping[str, t.Any] = field(default_factory=dict)

    def module(self) -> CollectionModule:
        """The task's options, read and validated. Ends like a module (SystemExit) when they are refused."""
        return self.system(dict(self.spec), **self.rules)

    @property
    def libraries(self) -> tuple[str, ...]:
        """What has to be importable where it runs."""
        return self.system.libraries
