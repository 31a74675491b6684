# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The Microsoft Authentication Library, imported late, and the HTTP client that is handed to it."""

from __future__ import annotations

import hashlib
import logging
import typing as t
import warnings

from .._common import paths
from .._common.certificate_files import CertificateFileError, key_and_certificate
from .._common.errors import SignInError
from .._common.libraries import missing
from .settings import Settings


def _import_msal() -> t.Any:
    try:
        import msal
    except ImportError as exc:
        names = missing(("cryptography",), "msal")
        raise SignInError(
            f"Python libraries are missing on the machine that runs the module: {', '.join(names)}.",
            advice=f"Install them (pip install {' '.join(names)}), or set access_token.",
            error_class="missing_library",
        ) from exc
    # msal writes whole answers to its log when they are not JSON; nothing of that may reach stderr.
    logger = logging.getLogger("msal")
    logger.setLevel(logging.CRITICAL + 1)
    logger.addHandler(logging.NullHandler())
    # It also advises on how an answer should come back; the way through the address is the one that every browser goes.
    warnings.filterwarnings("ignore", category=UserWarning, module="msal")
    return msal


def _credential(settings: Settings, msal: t.Any) -> t.Any:
    """The client credential in msal's form, or None for a public client."""
    if settings.client_secret is not None:
        return settings.client_secret.reveal()
    if not settings.client_certificate_path:
        return None
    password = settings.client_certificate_password.reveal() if settings.client_certificate_password else None
    content = paths.read(settings.client_certificate_path)[0]
    what = f"The certificate {settings.client_certificate_path!r}"
    try:
        pair = key_and_certificate(content, password.encode("utf-8") if password else None)
    except CertificateFileError as exc:
        raise SignInError(f"{what} {exc}.", error_class="certificate_file", reason=exc.reason) from None
    except ImportError:
        raise SignInError(
            f"{what} needs the Python library cryptography, which is missing on the machine that runs the module.",
            error_class="missing_library",
        ) from None
    credential: dict[str, t.Any] = {"private_key": pair.key}
    if settings.client_certificate_send_chain:
        credential["public_certificate"] = pair.certificate + "".join(pair.chain)
    elif _version(msal) >= (1, 35):
        credential["public_certificate"] = pair.certificate
    if _version(msal) < (1, 35):
        credential["thumbprint"] = pair.fingerprint_sha1  # SHA-1, which msal before 1.35 wants next to a PEM key
    if pair.encrypted and password:
        credential["passphrase"] = password
    return credential


def _version(msal: t.Any) -> tuple[int, ...]:
    return tuple(int(part) for part in str(msal.__version__).split(".")[:2] if part.isdigit())


def _file_digest(path: str | None) -> str | None:
    if not path:
        return None
    return hashlib.sha256(paths.read(path)[0]).hexdigest()
