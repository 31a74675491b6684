# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""From the options of a task to the file for its generated passwords."""

from __future__ import annotations

import typing as t

from ..._common.errors import CredentialsFileError
from ..._common.interruption import Stopper
from ..._common.problem import Problem
from ..declare.user import UserDeclaration

if t.TYPE_CHECKING:
    from .passwords import CredentialsFile


def credentials_of(
    params: t.Mapping[str, t.Any], rows: t.Iterable[UserDeclaration], interruption: Stopper, problems: list[str]
) -> CredentialsFile | None:
    """The file that ``credentials_file`` names, for the holder of ``credentials_certificate`` alone where there is one.

    It is looked at only if a password may be generated for one of these rows.

    :param problems: takes why the file cannot be used.
    """
    path, certificate = params["credentials_file"], params.get("credentials_certificate")
    if not path:
        if certificate:
            said = "credentials_certificate needs credentials_file."
            problems.append(Problem(said, "option_missing", option="credentials_file"))
        return None
    from .password_encryption import PasswordEncryption  # many tasks set no password
    from .passwords import CredentialsFile

    try:
        file = CredentialsFile(path, PasswordEncryption(certificate) if certificate else None, interruption)
        if any(row.generate_password and row.state != "absent" for row in rows):
            file.check()
    except CredentialsFileError as exc:
        problems.append(Problem(exc.message, exc.details.get("reason")))
        return None
    return file
