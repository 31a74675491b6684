# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The frame around every module of both systems: options in, one except block, a result without secrets out."""

from __future__ import annotations

import abc
import contextlib
import gc
import os
import typing as t

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from . import http
from .errors import CollectionError, Defect, OptionError
from .failure import failure, of_error
from .foreign_names import Foreign, hints
from .front_door import as_texts, unwrapped
from .interruption import REASON, UNINTERRUPTED, Interruption, Stopper
from .libraries import missing
from .option_secrets import leaves, register
from .outcomes import Status
from .plausible import Kinds, option_text_problems
from .problem import Problem
from .progress import Watcher
from .secrets import SHORTEST, Secrets

if t.TYPE_CHECKING:
    from .definition import Definition


THRESHOLD = 20_000
"""New objects before Python looks for cycles among them; without this it is 700."""


class CollectionModule(AnsibleModule, metaclass=abc.ABCMeta):
    """An AnsibleModule that remembers what the task really said, and every secret that it was given.

    The argument spec fills in defaults and turns "left out" and "null" into the same None; the difference matters here.

    :param shared: the options that all modules of one system have.
    :param argument_spec: the module's own options.
    :param variables: the environment variables that may give each option (``option_secrets.register``).
    """

    params: t.Any
    _reveals: str | None = None
    interrupted: str
    """What else to know after an interruption, as a part of a sentence; each system has its own."""
    kinds: Kinds = {}
    """What texts are for, by the name of their option, where the argument spec does not show it."""
    libraries: tuple[str, ...] = ("requests",)
    """What has to be importable where the module runs."""
    foreign: Foreign = {}
    """What others call the options."""
    judged_by_rows: t.Collection[str] = ()
    """Options with rows, whose texts are judged together with them, so that a problem names its row."""

    def __init__(
        self,
        shared: dict[str, t.Any],
        argument_spec: dict[str, t.Any],
        variables: t.Mapping[str, t.Sequence[str]],
        **kwargs: t.Any,
    ) -> None:
        self.given: dict[str, t.Any] = {}
        self.shared = shared
        self.interruption: Stopper = UNINTERRUPTED
        """Tells whether the task is to end; everything that waits or writes asks it."""
        self.watcher: Watcher | None = None
        """Who is told directly how far a long run is."""
        self._variables = variables
        super().__init__(argument_spec={**shared, **argument_spec}, supports_check_mode=True, **kwargs)

    def warn(self, warning: str, *args: t.Any, **kwargs: t.Any) -> None:
        """Ansible's own masking knows a secret only as it was given."""
        secrets = getattr(self, "secrets", None)
        super().warn(
            secrets.scrub(warning) if secrets is not None and isinstance(warning, str) else warning, *args, **kwargs
        )

    def _load_params(self) -> None:
        super()._load_params()
        # Validation writes defaults into nested options in place, so the copy goes all the way down.
        params: dict[str, t.Any] = self.params
        written = {key: value for key, value in params.items() if not key.startswith("_ansible_")}
        self.given = unwrapped(written)
        self.params = params = as_texts(params)
        # Before anything can be refused: Ansible shows all options when it refuses one.
        self.secrets = Secrets(self.no_log_values.add)
        texts = {key: params[key] for key in written}
        register(self.secrets, texts, self.argument_spec, os.environ, self._variables, self.judged_by_rows)
        self.before_validation()
        # Ansible shows the value of an option that it does not know; it may be a misspelt password, or one in the wrong
        # place.
        self.no_log_values.update(
            unknown_values({name: self.params[name] for name in self.given if name in self.params}, self.argument_spec)
        )

    def before_validation(self) -> None:
        """Takes out of ``params`` what the argument spec shall not see; ``given`` keeps it."""

    def fail_json(self, msg: str, **kwargs: t.Any) -> t.NoReturn:
        """Also what Ansible itself refuses, such as an option that does not exist, has the key ``failure``."""
        kwargs.setdefault("failure", failure({}, OptionError.REASON))
        # Ansible refuses such an option before anything else, and lists all that there are.
        super().fail_json(" ".join([*hints(self.given, self.argument_spec, self.foreign), msg]), **kwargs)
        raise AssertionError("fail_json returned")

    @property
    def diff_mode(self) -> bool:
        """Whether the result shall have the key ``diff``."""
        return bool(self._diff)

    @abc.abstractmethod
    def settings(self) -> t.Any:
        """The shared options, resolved and valid; each system has its own. :raises OptionError:"""

    def reveal(self, key: str, value: str) -> None:
        """This key of the result is a secret on purpose: masked, it would be of no use to the tasks that need it. An
        action plugin hides such a result from every output instead.
        """
        self.no_log_values.discard(value)
        self._reveals = key

    def text_problems(self) -> list[Problem]:
        """What is wrong with the texts of the task: what is left of an omit anywhere, and what cannot be the text
        that it claims to be."""
        return option_text_problems(self.given, self.argument_spec, self.kinds, skip=self.judged_by_rows)

    def explicit(self) -> set[str]:
        """Names of the shared options that the task (or module_defaults) gave, aliases resolved."""
        aliases = {alias: name for name, option in self.shared.items() for alias in option.get("aliases", ())}
        return {aliases.get(name, name) for name, value in self.given.items() if value is not None}


@contextlib.contextmanager
def unhurried() -> t.Iterator[None]:
    """Python looks for cycles of garbage each time that some hundred objects were made, and each time in more of them;
    with ten thousand rows, that is a fifth of all work, and there are hardly any. Here it looks less often.

    Entered once in each process that works on a task: in :func:`run`, and in Ansible's worker around the whole task.
    """
    before = gc.get_threshold()
    if 0 < before[0] < THRESHOLD:
        gc.set_threshold(THRESHOLD, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def run(definition: Definition) -> None:
    """Run a module in a process of its own, see :func:`run_here`."""
    with unhurried():
        run_here(definition)


def run_here(definition: Definition, interruption: Interruption | None = None, watcher: Watcher | None = None) -> None:
    """Run a module and report; nothing gets past this as a traceback, because Ansible would print it unmasked.

    :param definition: its body returns the result, whose key ``failed`` (with ``msg``) makes the task fail.
    :param interruption: for who has to know afterwards whether there was one.
    :param watcher: is told directly how far a long run is.
    """
    module, body = definition.module(), definition.body
    module.watcher = watcher
    if http.REQUESTS_IMPORT_ERROR and module.libraries:
        module.fail_json(
            msg=missing_required_lib(", ".join(missing(module.libraries, "requests"))),
            exception=http.REQUESTS_IMPORT_ERROR,
            failure=failure({}, "missing_library"),
        )
    # A task that is stopped from outside finishes what is under way, and says where it was.
    with interruption or Interruption() as interruption:
        module.interruption = interruption
        result = _result(module, body, interruption)
        # Asked once more, because a signal may have come after the last request.
        why = interruption.reached()
    if why:
        result = _interrupted(module, result, why)
    if module._reveals is None:
        for value in getattr(module, "no_log_values", ()):
            module.secrets.add(value, tell=False)
        result = module.secrets.clean(result)
    failed = result.pop("failed", False)
    if failed:
        module.fail_json(**result)
    module.exit_json(**result)


def _result(
    module: CollectionModule, body: t.Callable[[CollectionModule], dict[str, t.Any]], interruption: Interruption
) -> dict[str, t.Any]:
    try:
        return body(module)
    except CollectionError as exc:
        return of_error(exc)
    except KeyboardInterrupt:
        interruption.stop("The run was interrupted. The last write may have been applied.")
        return {}
    except Exception as exc:
        return of_error(Defect(exc))


def _interrupted(module: CollectionModule, result: dict[str, t.Any], why: str) -> dict[str, t.Any]:
    """The result of a task that was to end, also when there was nothing left to do: whoever stopped it does not want
    the next task either.

    Mostly nobody takes it any more, because Ansible has ended before; so what was done is in the system's log, too.
    """
    result = {**result, "failed": True, "failure": failure({**result.get("failure", {}), "reason": REASON}, REASON)}
    result["msg"] = f"{result.get('msg', '')} {why} Run again to converge; {module.interrupted}.".lstrip()
    if not module.no_log:
        done = [
            f"{operation['action']} {operation.get('user_principal_name') or operation.get('name')}"
            for operation in result.get("operations", ())
        ]
        unclear = [
            str(row.get("user_principal_name") or row.get("name"))
            for row in result.get("rows", ())
            if row.get("status") == Status.UNKNOWN
        ]
        text = f"Interrupted. Done: {', '.join(done) or 'nothing'}. Unclear: {', '.join(unclear) or 'nothing'}."
        module.log(module.secrets.clean({"text": text})["text"])
    return result


def unknown_values(given: t.Mapping[str, t.Any], spec: t.Mapping[str, t.Any]) -> t.Iterator[str]:
    """The values of all options that an argument spec does not know, at any depth."""
    known = {name: option for key, option in spec.items() for name in (key, *option.get("aliases", ()))}
    for name, value in given.items():
        if name not in known:
            yield from (text for text in leaves(value) if len(text) >= SHORTEST)
            continue
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict) and "options" in known[name]:
                yield from unknown_values(item, known[name]["options"])


def option_problems(collect: t.Callable[[], t.Any], problems: list[str]) -> t.Any:
    """Call something that may raise OptionError and collect its problems, so that all are reported at once."""
    try:
        return collect()
    except OptionError as exc:
        problems.extend(exc.problems)
        return None
