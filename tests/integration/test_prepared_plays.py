# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An ansible-playbook that is a copy of a prepared process does what one does that loads ansible-core for itself."""

from __future__ import annotations

import re
import subprocess
import time
import typing as t

import pytest
from support import playbooks
from support.playbooks import PlaybookRun, Runner

pytestmark = pytest.mark.skipif(playbooks.FRESH, reason="nothing is prepared where nothing is shared")

SHOW = [
    {
        "ansible.builtin.debug": {
            "msg": "{{ [lookup('config', 'ANSIBLE_HOME', 'DEFAULT_LOCAL_TMP', 'COLLECTIONS_PATHS', 'DEFAULT_FORKS', 'CALLBACKS_ENABLED'),"
            " lookup('env', 'HOME'), lookup('env', 'ONE_MORE'), lookup('pipe', 'pwd'), now() | string | length, 999 | random(seed=1)] }}"
        }
    },
    {"tenantops.partner_center.customer_info": {"customer_ids": "no list"}, "ignore_errors": True},
    {"ansible.builtin.fail": {"msg": "The end"}},
]


def both(runner: Runner, **keywords: t.Any) -> list[PlaybookRun]:
    prepared = runner.tasks(SHOW, **keywords)
    runner.alone = True
    return [prepared, runner.tasks(SHOW, **keywords)]


def without_names(text: str) -> str:
    """The same text without what is new in each run: names of temporary directories and process ids."""
    return re.sub(r"ansible-local-\w+|tmp\w{8}\b", "NAME", text)


@pytest.mark.parametrize("keywords", [{}, {"env": {"ONE_MORE": "ü"}}, {"check": True, "diff": True, "verbosity": 2}])
def test_it_is_the_same(keywords: dict[str, t.Any]) -> None:
    runner = Runner({})
    prepared, alone = both(runner, **keywords)
    assert prepared.rc == alone.rc == 2
    assert str(runner.directory / "local") in prepared.stdout
    assert without_names(prepared.stdout) == without_names(alone.stdout)
    assert without_names(prepared.stderr) == without_names(alone.stderr)
    assert without_names(str(prepared.records)) == without_names(str(alone.records))


def test_one_with_other_settings_is_not_prepared() -> None:
    runner = Runner({})
    prepared = playbooks._prepared_plays()
    assert prepared.fits(runner.env()) and prepared.fits(runner.env(PARTNER_CENTER_CLIENT_ID="x"))
    assert not prepared.fits(runner.env(ANSIBLE_FORKS="1"))
    assert not prepared.fits(runner.env(ANSIBLE_NOCOLOR=None))
    assert not prepared.fits(runner.env(LC_ALL="C"))


@pytest.mark.thorough
def test_one_that_takes_too_long_is_killed() -> None:
    started = time.monotonic()
    with pytest.raises(subprocess.TimeoutExpired):
        Runner({}).tasks([{"ansible.builtin.pause": {"seconds": 60}}], timeout=3)
    assert time.monotonic() - started < 30
