# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Customers from a folder of declarations, one file for each."""

from __future__ import annotations

DOCUMENTATION = r"""
name: declarations
author: tenantops contributors (@tenantops)
version_added: 0.1.0
short_description: Read a folder with one declaration per customer
description:
  - Reads the YAML files in a folder, and returns their declarations in the form of O(tenantops.partner_center.customer_users#module:customers).
  - A file has only options of one element of that list, such as C(customer_domain) and C(users).
  - Files in subfolders are read, too. Files without the extension C(.yml) or C(.yaml), and names that start with a dot, are ignored.
  - Each row gets C(source), with the file and the line of its start.
  - Checks everything that can be checked without the service. If there is a problem, nothing is returned, and the error lists the file,
    line and reason of all problems in all files. A folder without declarations is an error, too.
  - Decrypts values and files that are encrypted with Ansible Vault.
options:
  _terms:
    description:
      - The folder. Like other lookups, it searches in C(files) next to the play or role, and then next to the playbook.
      - Since version 0.2.0, also several folders, and single files.
    type: list
    elements: string
    required: true
  merge:
    description:
      - Combines the users of a customer from several files, such as the files with one user each that the playbook
        C(tenantops.partner_center.offboard_user) writes. These files may have only the customer and C(users).
      - By default, it is an error if two files declare the same customer.
    type: boolean
    default: false
    version_added: 0.2.0
  records:
    description:
      - Accepts only files that restore users. These are records of the playbook C(tenantops.partner_center.offboard_user), and undo
        files of a purge (O(tenantops.partner_center.customer_users#module:undo_file)). They have C(format) and C(version), and only rows with
        C(state=restored).
      - Files of version 0.2 have no C(format). They are accepted if they have only a customer and rows with C(state=restored).
      - Such a file is rejected if it belongs to another user of the machine, or if others can write to it, even for root. With or without this option, this
        applies to all files with the C(format) of a record.
    type: boolean
    default: false
    version_added: 0.3.0
notes:
  - Use C(query), not C(lookup). As with all plugins that return a list, C(lookup) does not return a list if there is only one customer.
  - The contents of files are data. Text that looks like a template is not evaluated.
  - The playbook C(tenantops.partner_center.reconcile) uses this lookup.
seealso:
  - module: tenantops.partner_center.customer_users
"""

EXAMPLES = r"""
- name: Bring all customers to what their files declare
  tenantops.partner_center.customer_users:
    customers: "{{ query('tenantops.partner_center.declarations', 'tenants') }}"

- name: What a single file declares
  ansible.builtin.debug:
    msg: "{{ query('tenantops.partner_center.declarations', 'tenants/contoso.yml') | map(attribute='users') | map('length') }}"
"""

RETURN = r"""
_raw:
  description: The declarations of the files, in the order of their names.
  type: list
  elements: dict
  sample:
    - customer_domain: contoso.onmicrosoft.com
      users: [{user_principal_name: adele.vance@contoso.example, display_name: Adele Vance, source: "tenants/contoso.yml:4"}]
"""

import os
import typing as t

from ansible.errors import AnsibleError, AnsibleOptionsError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.lookup import LookupBase

from ..module_utils._common.paths import check_regular, distrust
from ..module_utils._common.plausible import TextKind, text_problems
from ..module_utils._common.problem import Problem
from ..module_utils._common.text import counted
from ..module_utils._partner_center.run.record_kinds import ABOUT, RECORD, UNDO, kind_problem
from ..plugin_utils.declarations.files import (
    SUFFIXES,
    Text,
    beside_its_file,
    declaration_files,
    declared_twice,
    merged,
    not_restored,
    plain,
    problems_of,
    shown_name,
    with_sources,
)
from ..plugin_utils.running.unusable_files import UnusableFiles


class LookupModule(LookupBase):
    """The lookup."""

    def run(
        self, terms: t.Sequence[t.Any], variables: t.Mapping[str, t.Any] | None = None, **kwargs: t.Any
    ) -> list[dict[str, t.Any]]:
        """The declarations of all files.

        :raises AnsibleOptionsError: when it is not files and folders that are asked for.
        :raises AnsibleLookupError: with a line for each problem in the files.
        """
        self.set_options(var_options=variables, direct=kwargs)
        if not terms or not all(isinstance(term, str) and term.strip() for term in terms):
            raise AnsibleOptionsError("declarations needs one or more files or folders.")
        wrong = [problem for term in terms for problem in text_problems("declarations:", term, TextKind.PATH)]
        if wrong:
            raise AnsibleOptionsError(" ".join(wrong))
        problems: list[str] = []
        found: list[tuple[str, dict[str, t.Any]]] = []
        records = bool(boolean(kwargs.get("records") or False))
        for path, name in self._files([str(term) for term in terms], variables or {}, problems):
            found += [(name, declaration) for declaration in self._declarations(path, name, records, problems)]
        if boolean(kwargs.get("merge") or False) and not problems:
            found = merged(found)
        problems += declared_twice(found)
        if problems:
            count = f"{counted(len(problems), 'problem')} in the declarations; nothing was sent:"
            raise UnusableFiles(count, problems)
        return [declaration for _name, declaration in found]

    def _files(
        self, terms: t.Sequence[str], variables: t.Mapping[str, t.Any], problems: list[str]
    ) -> list[tuple[str, str]]:
        """(path, how it is called in a message) of every file, each once."""
        files: dict[str, str] = {}
        for term in terms:
            place = self.find_file_in_search_path(variables, "files", term, ignore_missing=True)
            if not place or not os.path.exists(place):
                problems.append(
                    Problem(
                        f"{term}: there is no such folder{' and no such file' * term.endswith(SUFFIXES)}.",
                        "file_missing",
                    )
                )
            elif not os.path.isdir(place):
                files.setdefault(place, shown_name(place, os.path.dirname(place)))
            else:
                inside = declaration_files(place)
                if not inside:
                    problems.append(Problem(f"{term}: no file in this folder ends in .yml or .yaml.", "folder_empty"))
                for path in inside:
                    files.setdefault(path, shown_name(path, place))
        return list(files.items())

    def _declarations(self, path: str, name: str, records: bool, problems: list[str]) -> list[dict[str, t.Any]]:
        """What a file declares: one customer, or all of an undo file. :param records: whether the file must be one that
        brings users back."""
        try:
            content, status = self._read(path)
            text = Text(name, content)
            if text.problems:
                problems += text.problems
                return []
            declaration = plain(self._loader.load(text.text, file_name=path, show_content=False))
        except OSError as exc:
            problems.append(Problem(f"{name}: cannot be read ({exc.strerror}).", "file_unreadable"))
            return []
        except AnsibleError as exc:  # a vault that does not open, a tag that is not known
            problems.append(Problem(f"{name}: {' '.join(str(exc).split())}", "file_unreadable"))
            return []
        except RecursionError:
            problems.append(Problem(f"{name}: is nested too deeply, or has an alias that contains itself.", "not_yaml"))
            return []
        several = "customers" in declaration and (records or declaration.get("format") == UNDO)
        if records or declaration.get("format") in (RECORD, UNDO):
            bare = {key: value for key, value in declaration.items() if key not in ABOUT}
            found = [] if several else not_restored(bare, text)
            if found:
                problems += found  # with their lines
                return []
            untrusted = distrust(status)
            why = untrusted or kind_problem(declaration, RECORD, UNDO)
            if why:
                problems.append(Problem(f"{name}: {why}.", "untrusted_file" if untrusted else "wrong_file_kind"))
                return []
            declaration = {key: value for key, value in declaration.items() if key not in ABOUT}
        if several:
            made = [with_sources(block, _Block(name, number)) for number, block in enumerate(declaration["customers"])]
            for number, block in enumerate(made):
                problems += problems_of(block, _Block(name, number))
            return made
        declaration = beside_its_file(with_sources(declaration, text), path)
        problems += problems_of(declaration, text)
        return [declaration]

    def _read(self, path: str) -> tuple[bytes, os.stat_result]:
        check_regular(path)  # whoever opens a pipe waits for a writer
        status = os.stat(path)
        real = self._loader.get_real_file(path)
        try:
            with open(real, "rb") as handle:
                return handle.read(), status
        finally:
            # What was in a vault does not stay on the disk until the end of the run.
            self._loader.cleanup_tmp_file(real)


class _Block(Text):
    """The places of one customer of an undo file, which has no line for each row."""

    def __init__(self, name: str, number: int) -> None:
        self.name = f"{name}: customers[{number}]"
        self.rows: list[int] = []
        self.problems: list[str] = []

    def line(self, row: int) -> str:
        """The place of a row."""
        return f"{self.name}.users[{row}]"
