# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Users from CSV files in the format of the Partner Center portal."""

from __future__ import annotations

DOCUMENTATION = r"""
name: portal_csv
author: tenantops contributors (@tenantops)
version_added: 0.1.0
short_description: Read users from the CSV files of the Partner Center portal
description:
  - Reads files in the portal's template for adding several users to a customer, and returns a row for each user.
    A row has the form of O(tenantops.partner_center.customer_users#module:users), with C(source) and the options that the file fills.
  - The columns are C(First name), C(Last name), C(Display name), C(Email) and C(Status update), in any order and any case. The header and every row need
    C(Display name) and C(Email). Names have at most 50 characters. The portal's limit of 100 users per file does not apply.
  - Checks everything before it returns a row. If there is a problem, no row is returned, and the error lists the file, line, column
    and reason of all problems in all files.
  - Reads what Excel writes. The encoding is UTF-8 with or without a byte order mark, UTF-16 with one, or Windows-1252. The separator is a comma, a semicolon
    or a tab, detected from the header line, or specified in a first line such as C(sep=;). Lines end in CR, LF or both. Blank lines
    and a first line C(#TYPE) from PowerShell are ignored.
  - Windows-1252 is only a guess, for files without another recognizable encoding. If a cell then contains characters that no name has, the file is rejected,
    and the message suggests an encoding. Set O(encoding) for files in other code pages, and V(cp1252) if the file is correct.
  - A cell C(="...") has the value inside the quotes. Spreadsheet errors and shortened values (C(#N/A), C(####), C(4.42E+11)) and formulas are rejected.
  - Decrypts a file that is encrypted with Ansible Vault.
options:
  _terms:
    description:
      - The files. Like other lookups, it searches in C(files) next to the play or role, and then next to the playbook.
      - An address must be unique across all files.
    type: list
    elements: string
    required: true
  usage_location:
    description:
      - The country where all users work, as an ISO 3166-1 alpha-2 code such as V(US). The portal also asks for it once per file.
      - A column that O(extra_columns) maps to C(usage_location) takes precedence, unless the cell is empty.
    type: string
  extra_columns:
    description:
      - Additional columns. Maps the name in the header to the option that the column fills, for example C({'Location':\ 'usage_location'}).
      - All options of a user are possible, except passwords and those that the portal's own columns fill. The elements of a list, such as
        C(licenses) and C(roles), are separated by C(;) or C(|).
      - C(licenses.add), C(licenses.remove), C(licenses.set), C(roles.add), C(roles.remove) and C(roles.set) are also possible, for
        O(tenantops.partner_center.customer_users#module:users[].licenses) as a dictionary.
      - Every file must have these columns. For an empty cell, the option is omitted.
    type: dict
    default: {}
  template:
    description:
      - The template of the files. V(portal) is the template of Partner Center.
      - V(admin_center) is the template of the Microsoft 365 admin center, with C(Username), C(First name), C(Last name), C(Display name) and C(Job title) to
        C(Country or region). The columns from C(Job title) on fill no option of a user and are ignored, unless O(extra_columns) lists them.
      - V(entra) is the template for bulk creation in the Microsoft Entra admin center, with columns such as C(Name [displayName] Required).
        It fills names and C(usage_location). Initial passwords are not read, other columns and the row of examples are ignored,
        and a user whose sign-in is blocked is rejected.
    type: string
    choices: [portal, admin_center, entra]
    default: portal
    version_added: 0.3.0
  columns:
    description:
      - Other names for the four columns with the address and the names. Maps the name in the header to the option that the column fills, for example
        C({'Login':\ 'user_principal_name'}). Options that are not listed keep the column of O(template).
      - Every file must have these columns.
    type: dict
    default: {}
    version_added: 0.3.0
  domain_allowed:
    description:
      - Allowed domains of addresses. By default, the domains of the customer are checked before a user is created.
      - It must not be empty, and all elements must be domains.
    type: list
    elements: string
    default: []
  ignore_status:
    description:
      - Loads files in which C(Status update) is filled, because they were processed by the portal or created with
        P(tenantops.partner_center.to_portal_csv#filter). C(Status update) and C(Temporary password) are ignored.
    type: boolean
    default: false
  encoding:
    description:
      - The encoding of all files, by a name that Python knows, for example V(cp1250). Required only if V(cp1252) is a wrong guess, for example for files
        without Unicode from a Polish or Russian Excel, from Excel for Mac (V(mac_roman)), or from MS-DOS (V(cp850)).
    type: string
notes:
  - Use C(query), not C(lookup). As with all plugins that return a list, C(lookup) does not return a list if there is one row or none.
  - The contents of files are data. Text that looks like a template is not evaluated.
  - An apostrophe is removed from a cell if P(tenantops.partner_center.to_portal_csv#filter) would have added it, so that a file with
    results gives the same rows.
seealso:
  - module: tenantops.partner_center.customer_users
  - plugin: tenantops.partner_center.to_portal_csv
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show the users in two files
  ansible.builtin.debug:
    msg: "{{ item.user_principal_name }} from {{ item.source }}"
  loop: "{{ query('tenantops.partner_center.portal_csv', 'sales.csv', 'support.csv', usage_location='US') }}"
  loop_control:
    label: "{{ item.source }}"

- name: A column says where each user works
  ansible.builtin.set_fact:
    users: "{{ query('tenantops.partner_center.portal_csv', 'users.csv', extra_columns={'Location': 'usage_location', 'Phone': 'phone_number'}) }}"

- name: Users from a file for the Microsoft 365 admin center
  ansible.builtin.set_fact:
    users: "{{ query('tenantops.partner_center.portal_csv', 'users.csv', template='admin_center', extra_columns={'Mobile phone': 'phone_number'}) }}"
"""

RETURN = r"""
_raw:
  description:
    - A row for each user, in the order of the files and lines.
    - A row has no key for an empty cell.
  type: list
  elements: dict
  contains:
    user_principal_name:
      description: From C(Email).
      type: str
    display_name:
      description: From C(Display name).
      type: str
    first_name:
      description: From C(First name).
      type: str
    last_name:
      description: From C(Last name).
      type: str
    usage_location:
      description: From O(usage_location), or from a column of O(extra_columns).
      type: str
    source:
      description: The file as you specified it, and the line of the start of the row, for example V(users.csv:17).
      type: str
  sample:
    - {display_name: Ada Lovelace, first_name: Ada, last_name: Lovelace, source: "users.csv:2", usage_location: GB, user_principal_name: ada@contoso.example}
"""

import os
import typing as t

from ansible.errors import AnsibleOptionsError
from ansible.plugins.lookup import LookupBase

from ..module_utils._common.paths import check_regular
from ..module_utils._common.plausible import option_text_problems
from ..module_utils._common.problem import Problem
from ..module_utils._common.text import counted, shown
from ..module_utils._partner_center.declare.countries import country_problem
from ..module_utils._partner_center.declare.patterns import domains
from ..plugin_utils.portal_csv.cells import option_of
from ..plugin_utils.portal_csv.problem import NAMES, PASSWORD, STATUS, column_key, problem_in
from ..plugin_utils.portal_csv.rows import EXTRA_OPTIONS, Loader, Rules
from ..plugin_utils.portal_csv.templates import TEMPLATES, Template
from ..plugin_utils.portal_csv.text import known_encoding
from ..plugin_utils.running.trust import untrusted
from ..plugin_utils.running.unusable_files import UnusableFiles


class LookupModule(LookupBase):
    """The lookup."""

    def run(
        self, terms: t.Sequence[t.Any], variables: t.Mapping[str, t.Any] | None = None, **kwargs: t.Any
    ) -> list[dict[str, t.Any]]:
        """The rows of all files.

        :raises AnsibleOptionsError: when an option is wrong.
        :raises AnsibleLookupError: with a line for each problem in the files.
        """
        self.set_options(var_options=variables, direct=kwargs)
        # Ansible passes on wantlist in a with_ loop, and allow_unsafe since 2.19. What a file says is data in any case.
        unknown = set(kwargs) - {*_OPTIONS, "wantlist", "allow_unsafe"}
        if unknown:
            raise AnsibleOptionsError(
                f"portal_csv has no option {', '.join(sorted(unknown))}; it has {', '.join(_OPTIONS)}."
            )
        # Options in the types that they were given in: Ansible has made texts of them by now.
        wrong = option_text_problems({"file": list(terms), **kwargs}, _TEXTS, {})
        if wrong:
            raise AnsibleOptionsError(" ".join(wrong))
        loader = Loader(self._rules(kwargs.get("domain_allowed", ())))
        files = self._files(terms)
        for file in files:
            data = self._read(file, variables or {}, loader.problems)
            if data is not None:
                loader.load(file, data)
        if loader.problems:
            raise _refusal(loader.problems, len(files))
        return untrusted(loader.rows)

    def _files(self, terms: t.Sequence[t.Any]) -> list[str]:
        names = [name for term in terms for name in (term if isinstance(term, (list, tuple)) else [term])]
        if not names or not all(isinstance(name, str) and name.strip() for name in names):
            raise AnsibleOptionsError("portal_csv needs one or more files.")
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise AnsibleOptionsError(f"portal_csv lists {', '.join(twice)} more than once.")
        return [str(name) for name in names]

    def _read(self, file: str, variables: t.Mapping[str, t.Any], problems: list[Problem]) -> bytes | None:
        path = self.find_file_in_search_path(variables, "files", file, ignore_missing=True)
        if not path:
            problems.append(problem_in(file, "was not found", "file_missing"))
            return None
        if os.path.isdir(path):
            problems.append(problem_in(file, "is a folder; list the files in it", "file_unreadable"))
            return None
        try:
            check_regular(path)  # whoever opens a pipe waits for a writer
            real = self._loader.get_real_file(path)
        except OSError as exc:
            problems.append(problem_in(file, f"cannot be read ({exc.strerror})", "file_unreadable"))
            return None
        try:
            with open(real, "rb") as handle:
                return handle.read()
        except OSError as exc:
            problems.append(problem_in(file, f"cannot be read ({exc.strerror})", "file_unreadable"))
            return None
        finally:
            # What was in a vault does not stay on the disk until the end of the run.
            self._loader.cleanup_tmp_file(real)

    def _rules(self, allowed: t.Any) -> Rules:
        """:param allowed: the option domain_allowed as it was written; Ansible would make a list of anything."""
        location = self.get_option("usage_location")
        if location is not None:
            location = str(location).strip().upper()
            problem = country_problem(location)
            if problem:
                raise AnsibleOptionsError(problem)
        encoding = self.get_option("encoding")
        if encoding is not None and not known_encoding(encoding):
            raise AnsibleOptionsError(
                f"encoding {shown(encoding)} is not known; examples are utf-8, utf-16-le, cp1252 and cp1250."
            )
        problems: list[str] = []
        allowed = domains("domain_allowed", allowed, problems) if allowed != () else ()
        if problems:
            raise AnsibleOptionsError(" ".join(problems))
        chosen = self.get_option("template") or "portal"
        if chosen not in TEMPLATES:
            raise AnsibleOptionsError(f"template {shown(str(chosen))} is not one of {', '.join(TEMPLATES)}.")
        template = TEMPLATES[chosen]
        return Rules(
            usage_location=location,
            template=template,
            columns=_columns(self.get_option("columns") or {}, template),
            extra_columns=_extra_columns(self.get_option("extra_columns") or {}, template),
            domains=frozenset(allowed),
            ignore_status=self.get_option("ignore_status"),
            encoding=encoding,
        )


_TEXTS: dict[str, dict[str, t.Any]] = {
    "file": {"type": "raw"},
    "usage_location": {"type": "str"},
    "template": {"type": "str"},
    "encoding": {"type": "str"},
    "domain_allowed": {"type": "list", "elements": "str"},
    "columns": {"type": "dict"},
    "extra_columns": {"type": "dict"},
}
_OPTIONS = ("usage_location", "template", "columns", "extra_columns", "domain_allowed", "ignore_status", "encoding")


def _columns(mapping: t.Mapping[t.Any, t.Any], template: Template) -> dict[str, str]:
    seen: set[str] = set()
    for name, option in mapping.items():
        if not isinstance(name, str) or not name.strip():
            raise AnsibleOptionsError("columns maps names of columns to names of options; a name of a column is empty.")
        if option not in NAMES.values():
            raise AnsibleOptionsError(
                f"columns maps {shown(name)} to {shown(str(option))}; possible are {', '.join(NAMES.values())}."
            )
        if (
            column_key(name) in (column_key(STATUS), column_key(PASSWORD))
            or template.options.get(template.key(name), option) != option
        ):
            raise AnsibleOptionsError(f"columns maps {shown(name)} to {option}, but that column is for something else.")
        if column_key(name) in seen or option in seen:
            raise AnsibleOptionsError(f"columns names {shown(name)} or {option} more than once.")
        seen |= {column_key(name), option}
    return {str(name): str(option) for name, option in mapping.items()}


def _extra_columns(mapping: t.Mapping[t.Any, t.Any], template: Template) -> dict[str, str]:
    own = {*template.options, column_key(STATUS), column_key(PASSWORD)}
    filled = set(template.options.values())
    names: set[str] = set()
    options: set[str] = set()
    for name, option in mapping.items():
        if not isinstance(name, str) or not name.strip():
            raise AnsibleOptionsError(
                "extra_columns maps names of columns to names of options; a name of a column is empty."
            )
        if template.key(name) in own:
            raise AnsibleOptionsError(f"extra_columns names {shown(name)}, which is one of the template's columns.")
        if option in filled:
            raise AnsibleOptionsError(
                f"extra_columns maps {shown(name)} to {option}, which one of the template's columns fills."
            )
        if option not in EXTRA_OPTIONS:
            raise AnsibleOptionsError(
                f"extra_columns maps {shown(name)} to {shown(str(option))}; possible are "
                f"{', '.join(sorted(EXTRA_OPTIONS))}."
            )
        # A column for all of an option leaves no room for one of its lists.
        whole = option_of(option)
        taken = any(other in (option, whole) or (option == whole and option_of(other) == whole) for other in options)
        if column_key(name) in names or taken:
            raise AnsibleOptionsError(f"extra_columns names {shown(name)} or {option} more than once.")
        names.add(column_key(name))
        options.add(option)
    return {str(name): str(option) for name, option in mapping.items()}


def _refusal(problems: t.Sequence[Problem], files: int) -> UnusableFiles:
    count = f"{counted(len(problems), 'problem')} in {counted(files, 'file')}; no user was loaded:"
    return UnusableFiles(count, problems)
