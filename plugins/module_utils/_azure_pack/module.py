# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""A module of Windows Azure Pack: the shared frame with its connection options."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from .._common.context import TaskContext
from .._common.errors import OptionError
from .._common.module import CollectionModule, option_problems
from .declare.foreign_names import FOREIGN
from .declare.user import KINDS
from .declare.users import ROW_SPEC
from .sign_in.settings import ARGUMENT_SPEC, VARIABLES, Settings, resolve

AzurePackTask = TaskContext[Settings]
"""What the body of a module gets."""


class AzurePackModule(CollectionModule):
    """A module with the connection options of Windows Azure Pack."""

    interrupted = "accepted deletions continue"
    kinds = KINDS
    foreign = FOREIGN
    judged_by_rows = ("users", "defaults")

    def __init__(self, argument_spec: dict[str, t.Any], **kwargs: t.Any) -> None:
        super().__init__(ARGUMENT_SPEC, argument_spec, VARIABLES, **kwargs)

    def before_validation(self) -> None:
        # The argument spec would only list the choices. Who is used to Partner Center is told why this one is not among
        # them.
        if self.params.get("state") == "restored":
            del self.params["state"]
        # Rows are validated from what was written; here they would only be validated without their numbers.
        if self.params.get("users") is not None:
            self.params["users"] = []
        if isinstance(self.params.get("defaults"), dict):
            self.params["defaults"] = {
                name: value for name, value in self.params["defaults"].items() if name in ROW_SPEC
            }

    def settings(self) -> Settings:
        """The shared options, resolved and valid. :raises OptionError:"""
        problems: list[str] = [*self.text_problems()]
        settings = option_problems(lambda: resolve(self.params, self.explicit()), problems)
        if problems or settings is None:
            raise OptionError(problems)
        return replace(t.cast(Settings, settings), interruption=self.interruption)
