# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""A module of Partner Center: the shared frame with the sign-in options."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from .._common import paths
from .._common.context import TaskContext
from .._common.errors import OptionError
from .._common.module import CollectionModule, option_problems
from .._entra.settings import ARGUMENT_SPEC, VARIABLES, Settings, resolve
from .declare.foreign_names import FOREIGN
from .declare.user import KINDS
from .places import places

PartnerCenterTask = TaskContext[Settings]
"""What the body of a module gets."""


class PartnerCenterModule(CollectionModule):
    """A module with the sign-in and connection options of Partner Center."""

    interrupted = "a generated password is in the credentials file"
    kinds = KINDS
    foreign = FOREIGN
    libraries = ("requests", "msal")

    def __init__(self, argument_spec: dict[str, t.Any], **kwargs: t.Any) -> None:
        super().__init__(ARGUMENT_SPEC, argument_spec, VARIABLES, **kwargs)
        self._said: set[str] = set()

    def settings(self) -> Settings:
        """The shared options, resolved and valid. :raises OptionError:"""
        problems: list[str] = [*self.text_problems()]
        resolved = option_problems(lambda: resolve(self.params, self.explicit()), problems)
        paths.refuse(places(self.params, resolved), problems)
        if resolved is None:
            raise OptionError(problems)
        settings = replace(t.cast(Settings, resolved), notify=self._warn_once, interruption=self.interruption)
        for warning in settings.warnings:
            self._warn_once(warning)
        return settings

    def _warn_once(self, text: str) -> None:
        """Older versions of ansible-core show a sentence as often as it is said."""
        if text not in self._said:
            self._said.add(text)
            self.warn(text)
