# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What is in a file with certificates: the blocks of PEM and nothing around them, or PKCS#12, and which certificate is
meant.

Around the blocks there may be text in any encoding (the names that ``openssl pkcs12`` writes, comments, a byte order
mark). Source: RFC 7468 (text before, between and after is ignored; the labels), RFC 1421 (headers of encrypted keys).
"""

from __future__ import annotations

import datetime
import re
import typing as t
from dataclasses import dataclass

_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----\s*?[\r\n]+(.*?)-----END \1-----", re.DOTALL)
_CERTIFICATES = ("CERTIFICATE", "X509 CERTIFICATE")


class CertificateFileError(Exception):
    """A file cannot be used. ``reason`` is the stable word; the message is the rest of a sentence about the file and
    holds nothing of it."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True)
class Pair:
    """A private key and the certificate for it, as PEM.

    :param chain: the other certificates of the file, that of the issuer first.
    :param encrypted: whether the key needs the password.
    """

    key: str
    certificate: str
    chain: tuple[str, ...]
    fingerprint_sha1: str
    encrypted: bool


def blocks(content: bytes) -> list[tuple[str, str]]:
    """(label, the block as PEM with LF at the end of lines) of all blocks, in their order."""
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "latin-1"
    found = []
    for label, body in _BLOCK.findall(content.decode(encoding, "replace")):
        lines = [line.strip() for line in re.split("\r\n|\r|\n", body)]
        # Only an encrypted key in the old form has headers, and an empty line after them.
        text = "\n".join(lines).strip("\n") if ":" in body else "\n".join(line for line in lines if line)
        found.append((label, f"-----BEGIN {label}-----\n{text}\n-----END {label}-----\n"))
    return found


def key_and_certificate(content: bytes, password: bytes | None, now: datetime.datetime | None = None) -> Pair:
    """The private key of a file and the certificate that belongs to it, wherever the two stand.

    :param password: of the file or the key; one that is not needed is left alone.
    :param now: the moment at which the certificate has to be valid; None for now.
    :raises CertificateFileError:
    :raises ImportError: the library cryptography is missing.
    """
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

    _refuse_empty(content)
    if b"-----BEGIN" not in content and not blocks(content):
        key, certificates = _pkcs12(content, password)
        encrypted, text = False, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii")
        return _fitting([(key, text, encrypted)], certificates, now)
    keys = []
    for label, block in blocks(content):
        if not label.endswith("PRIVATE KEY"):
            continue
        encrypted = label.startswith("ENCRYPTED") or "ENCRYPTED" in block.split("\n\n")[0]
        if encrypted and not password:
            raise CertificateFileError(
                "certificate_password_missing", "holds an encrypted private key; set client_certificate_password"
            )
        try:
            keys.append(
                (
                    load_pem_private_key(block.encode("ascii", "replace"), password if encrypted else None),
                    block,
                    encrypted,
                )
            )
        except Exception:  # several kinds, by version of the library and kind of key
            word = "certificate_password_wrong" if encrypted else "certificate_unreadable"
            what = (
                "holds a private key that client_certificate_password does not open"
                if encrypted
                else "holds a private key that is damaged"
            )
            raise CertificateFileError(word, what) from None
    certificates = _certificates(content)
    if not keys and not certificates:
        raise CertificateFileError("certificate_unreadable", "holds neither a private key nor a certificate")
    if not keys:
        message = "holds a certificate, but no private key; add the key (PEM), or use the file with both"
        raise CertificateFileError("certificate_key_missing", message)
    return _fitting(keys, certificates, now)


def recipient(content: bytes, now: datetime.datetime | None = None) -> t.Any:
    """The certificate of a file to encrypt to: the only one, the one of a key that is there as well, or the one that
    issued none of the others.

    :raises CertificateFileError: also when it is not clear which one is meant.
    :raises ImportError: the library cryptography is missing.
    """
    from cryptography import x509

    _refuse_empty(content)
    found = _certificates(content) if b"-----BEGIN" in content or blocks(content) else []
    if not found:
        if blocks(content):
            raise CertificateFileError("certificate_missing", "holds no certificate")
        try:
            found = [x509.load_der_x509_certificate(content)]
        except ValueError:
            raise CertificateFileError("certificate_unreadable", "is not an X.509 certificate") from None
    leaves = [one for one in found if not any(other is not one and other.issuer == one.subject for other in found)]
    if len({_public(one) for one in leaves}) != 1:
        raise CertificateFileError(
            "certificate_ambiguous", "holds several unrelated certificates; keep only the recipient's"
        )
    _refuse_date(leaves[0], now)
    return leaves[0]


def _refuse_empty(content: bytes) -> None:
    if not content.strip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"):
        raise CertificateFileError("certificate_file_empty", "is empty")


def _certificates(content: bytes) -> list[t.Any]:
    from cryptography import x509

    found = []
    for label, block in blocks(content):
        if label in _CERTIFICATES:
            try:
                text = block.replace(f" {label}-----", " CERTIFICATE-----")
                found.append(x509.load_pem_x509_certificate(text.encode("ascii", "replace")))
            except ValueError:
                raise CertificateFileError("certificate_unreadable", "holds a certificate that is damaged") from None
    return found


def _pkcs12(content: bytes, password: bytes | None) -> tuple[t.Any, list[t.Any]]:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import load_der_private_key, pkcs12

    try:
        key, certificate, others = pkcs12.load_key_and_certificates(content, password)
    except Exception:  # several kinds, by version of the library
        if _loads(lambda: x509.load_der_x509_certificate(content)):
            raise CertificateFileError(
                "certificate_key_missing", "is a DER certificate without a private key; use PFX, or PEM with both"
            ) from None
        if _loads(lambda: load_der_private_key(content, None)):
            raise CertificateFileError(
                "certificate_missing", "is a DER private key without a certificate; use PFX, or PEM with both"
            ) from None
        if content[:1] != b"0":
            raise CertificateFileError("certificate_unreadable", "is neither PEM nor PFX") from None
        if not password:
            raise CertificateFileError(
                "certificate_password_missing", "cannot be opened without a password; set client_certificate_password"
            ) from None
        raise CertificateFileError(
            "certificate_password_wrong", "is not opened by client_certificate_password, or is damaged"
        ) from None
    if key is None:
        raise CertificateFileError("certificate_key_missing", "holds no private key; export it together with its key")
    return key, [*([certificate] if certificate is not None else []), *others]


def _loads(load: t.Callable[[], t.Any]) -> bool:
    try:
        load()
    except (ValueError, TypeError):
        return False
    return True


def _fitting(
    keys: t.Sequence[tuple[t.Any, str, bool]], certificates: t.Sequence[t.Any], now: datetime.datetime | None
) -> Pair:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding

    if not certificates:
        raise CertificateFileError(
            "certificate_missing", "holds a private key, but no certificate; add the uploaded certificate"
        )
    pairs = [
        (key, text, encrypted, one)
        for key, text, encrypted in keys
        for one in certificates
        if _public(key.public_key()) == _public(one)
    ]
    if not pairs:
        message = "holds a private key and a certificate that do not match"
        raise CertificateFileError("certificate_key_foreign", message)
    # After a renewal with the same key, the one that is valid longest.
    key, text, encrypted, chosen = max(pairs, key=lambda pair: _dates(pair[3])[1])
    if not isinstance(key, rsa.RSAPrivateKey):
        raise CertificateFileError("certificate_key_kind", "has a key that is not RSA; the sign-in needs RSA")
    _refuse_date(chosen, now)
    chain: list[t.Any] = []
    last = chosen
    while True:
        issuer = next((one for one in certificates if one.subject == last.issuer and one not in (chosen, *chain)), None)
        if issuer is None:
            break
        chain.append(issuer)
        last = issuer
    pem = [one.public_bytes(Encoding.PEM).decode("ascii") for one in (chosen, *chain)]
    # SHA-1 is what the sign-in finds a certificate by, and protects nothing here.
    return Pair(text, pem[0], tuple(pem[1:]), chosen.fingerprint(hashes.SHA1()).hex(), encrypted)  # noqa: S303


def _public(owner: t.Any) -> bytes:
    """The public key of a certificate, or one itself, as bytes to compare."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = owner.public_key() if hasattr(owner, "subject") else owner
    return t.cast(bytes, key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def _dates(certificate: t.Any) -> tuple[datetime.datetime, datetime.datetime]:
    if hasattr(certificate, "not_valid_before_utc"):
        return certificate.not_valid_before_utc, certificate.not_valid_after_utc
    utc = datetime.timezone.utc  # cryptography before 42
    return certificate.not_valid_before.replace(tzinfo=utc), certificate.not_valid_after.replace(tzinfo=utc)


def _refuse_date(certificate: t.Any, now: datetime.datetime | None) -> None:
    moment = now or datetime.datetime.now(datetime.timezone.utc)
    begin, end = _dates(certificate)
    if moment > end:
        raise CertificateFileError(
            "certificate_expired", f"holds a certificate that expired on {end:%Y-%m-%d}; make a new one, and upload it"
        )
    if moment < begin:
        message = f"holds a certificate that is not valid before {begin:%Y-%m-%d %H:%M} UTC; check this machine's clock"
        raise CertificateFileError("certificate_not_yet_valid", message)
