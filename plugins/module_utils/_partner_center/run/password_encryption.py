# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Encrypts generated passwords to a certificate, so that the credentials file is of use only to whoever holds the
private key.

The form is CMS enveloped data (RFC 5652) as PEM, which plain ``openssl cms -decrypt`` opens.
"""

from __future__ import annotations

from ..._common import paths
from ..._common.certificate_files import CertificateFileError, recipient
from ..._common.errors import CredentialsFileError
from ..._common.secrets import Secret


class PasswordEncryption:
    """A recipient's certificate. :raises CredentialsFileError: the file is no X.509 certificate with an RSA key, or
    cryptography is too old."""

    def __init__(self, path: str) -> None:
        try:
            from cryptography.hazmat.primitives.asymmetric import rsa
            from cryptography.hazmat.primitives.serialization import pkcs7

            self._builder = pkcs7.PKCS7EnvelopeBuilder
        except (ImportError, AttributeError):
            raise CredentialsFileError(
                "credentials_certificate needs the Python library cryptography, version 43 or newer."
            ) from None
        try:
            content = paths.read(path)[0]
            self._certificate = recipient(content)
        except OSError as exc:
            raise CredentialsFileError(
                f"credentials_certificate {path!r} cannot be read ({exc.strerror or type(exc).__name__})."
            ) from None
        except CertificateFileError as exc:
            raise CredentialsFileError(f"credentials_certificate {path!r} {exc}.", reason=exc.reason) from None
        if not isinstance(self._certificate.public_key(), rsa.RSAPublicKey):
            raise CredentialsFileError(
                f"credentials_certificate {path!r} has no RSA key; only RSA can be encrypted to.",
                reason="certificate_key_kind",
            )

    def encrypt(self, password: Secret) -> str:
        """The password as PEM."""
        from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

        builder = self._builder().set_data(password.reveal().encode("utf-8")).add_recipient(self._certificate)
        return builder.encrypt(Encoding.PEM, [pkcs7.PKCS7Options.Binary]).decode("ascii")
