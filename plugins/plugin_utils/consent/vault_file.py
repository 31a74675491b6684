# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""One encrypted variable in a file of variables, written the way that ``ansible-vault encrypt_string`` writes it.

Other lines of the file stay as they are, with their comments. A file that is encrypted as a whole is left alone: nobody
could see what changed in it.
"""

from __future__ import annotations

import os
import re
import typing as t

import yaml
from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.parsing.vault import VaultLib, match_encrypt_secret

from ...module_utils._common import files as private_files
from ...module_utils._common.errors import OptionError
from ...module_utils._common.problem import Problem
from ...module_utils._common.secrets import Secret
from ..declarations.yaml_bounds import too_large

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class _Loader(yaml.SafeLoader):
    """Reads a file of variables without decrypting anything."""


class _Encrypted(str):
    """The text of a ``!vault`` value."""


_Loader.add_constructor("!vault", lambda _loader, node: _Encrypted(node.value))
_Loader.add_constructor("!unsafe", lambda _loader, node: str(getattr(node, "value", "")))


class VaultFile:
    """A file of variables, and the one variable in it that holds the token.

    :param vault: the passwords that ansible-playbook was given.
    :param vault_id: which of them encrypts; None takes the only one, or the configured one.
    :raises OptionError: the file or the passwords cannot be used.
    """

    def __init__(self, path: str, variable: str, vault: VaultLib, vault_id: str | None) -> None:
        self.path = os.path.realpath(path)
        self.variable = variable
        self._vault = vault
        self._vault_id = vault_id or C.DEFAULT_VAULT_ENCRYPT_IDENTITY
        problems: list[str] = []
        if not NAME.fullmatch(variable):
            problems.append(
                Problem(f"vault_variable {variable!r} is not a variable name.", "not_a_name", option="vault_variable")
            )
        problems += self._problems_of_passwords()
        directory = os.path.dirname(self.path)
        if not os.path.isdir(directory):
            problems.append(
                Problem(
                    f"The folder {directory!r} of vault_file does not exist.", "folder_missing", option="vault_file"
                )
            )
        try:
            # What cannot be written is said before somebody takes the trouble to sign in.
            self._with(_Encrypted("$ANSIBLE_VAULT;1.1;AES256\n3132\n"))
        except OptionError as exc:
            problems += exc.problems
        if problems:
            raise OptionError(problems)

    def _problems_of_passwords(self) -> list[str]:
        secrets = self._vault.secrets or []
        if not secrets:
            return [
                Problem(
                    "vault_file needs a vault password: run ansible-playbook with --vault-id, --vault-password-file or "
                    "--ask-vault-pass.",
                    "no_such_vault_password",
                    option="vault_id",
                )
            ]
        names = sorted({str(name) for name, _secret in secrets})
        if self._vault_id is None:
            return (
                [
                    Problem(
                        f"There are several vault passwords ({', '.join(names)}); set vault_id to the one that "
                        "encrypts.",
                        "vault_id_missing",
                        option="vault_id",
                    )
                ]
                if len(names) > 1
                else []
            )
        return (
            []
            if self._vault_id in names
            else [
                Problem(
                    f"vault_id {self._vault_id!r} is not among the vault passwords ({', '.join(names)}).",
                    "no_such_vault_password",
                    option="vault_id",
                )
            ]
        )

    def _text(self) -> str:
        """The file's text, "" when there is no file. :raises OptionError:"""
        try:
            text = private_files.read(self.path)[0].decode("utf-8")
        except FileNotFoundError:
            return ""
        except (OSError, UnicodeDecodeError) as exc:
            raise OptionError(
                [
                    Problem(
                        f"vault_file {self.path!r} cannot be read ({type(exc).__name__}).",
                        "file_unreadable",
                        option="vault_file",
                    )
                ]
            ) from None
        if text.startswith("$ANSIBLE_VAULT"):
            raise OptionError(
                [
                    Problem(
                        f"vault_file {self.path!r} is encrypted as a whole; use another file, in which one variable "
                        "will be encrypted.",
                        "wrong_file_kind",
                        option="vault_file",
                    )
                ]
            )
        reason = too_large(text)
        if reason:
            raise OptionError([Problem(f"vault_file {self.path!r} {reason}.", "file_unreadable", option="vault_file")])
        if not isinstance(_variables(text), dict):
            raise OptionError(
                [
                    Problem(
                        f"vault_file {self.path!r} is not a YAML file of variables.",
                        "wrong_file_kind",
                        option="vault_file",
                    )
                ]
            )
        return text

    def read(self) -> Secret | None:
        """The token that is there; None when there is none, or it cannot be decrypted."""
        value = t.cast("dict[str, t.Any]", _variables(self._text())).get(self.variable)
        if not isinstance(value, _Encrypted):
            return None
        try:
            text = self._vault.decrypt(value.encode()).decode().strip()
        except (AnsibleError, UnicodeDecodeError):
            return None
        return Secret(text) if text else None

    def write(self, token: Secret) -> None:
        """Encrypt the token into the variable. :raises OptionError: the file has become one that cannot take it;
        OSError: it cannot be written."""
        vault_id, secret = match_encrypt_secret(self._vault.secrets, encrypt_vault_id=self._vault_id)
        cipher = self._vault.encrypt(token.reveal(), secret, vault_id if self._vault_id else None).decode()
        private_files.replace(self.path, self._with(_Encrypted(cipher)))

    def _with(self, cipher: _Encrypted) -> str:
        """The file's text with this in the variable. :raises OptionError: something else would change."""
        before = self._text()
        there = t.cast("dict[str, t.Any]", _variables(before))
        text = with_variable(before, self.variable, cipher)
        # A name that is written in another way would be there twice.
        found = self.variable not in there or _block(self.variable).search(before)
        if not found or _variables(text) != {**there, self.variable: cipher}:
            raise OptionError(
                [
                    Problem(
                        f"{self.variable} cannot be written to {self.path!r} without changing something else in it; "
                        "use a separate file.",
                        "not_insertable",
                        option="vault_file",
                    )
                ]
            )
        return text


def with_variable(text: str, name: str, cipher: str) -> str:
    """The text with the variable set to a vault value, in its place if it was there, else at the end."""
    block = f"{name}: !vault |\n" + "".join(f"  {line}\n" for line in cipher.splitlines())
    if _block(name).search(text):
        return _block(name).sub(lambda _match: block, text, count=1)
    if not text:
        return "---\n" + block
    return text + ("" if text.endswith("\n") else "\n") + block


def _block(name: str) -> re.Pattern[str]:
    """The line of a variable and the indented ones below it, with empty lines between those."""
    return re.compile(rf"^{re.escape(name)}[ \t]*:.*\n?(?:(?:[ \t]*\n)*[ \t]+\S.*\n?)*", re.MULTILINE)


def _variables(text: str) -> t.Any:
    """The variables of a file; an empty dict for an empty one, None for what is no YAML."""
    try:
        found = yaml.load(text, Loader=_Loader)  # noqa: S506  a SafeLoader that knows two more tags
    except (yaml.YAMLError, RecursionError):
        return None
    return {} if found is None else found
