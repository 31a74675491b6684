"""The certificate that the confidential application of the seed signs in with."""

from __future__ import annotations

import base64
import datetime
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from emulator.entra import signing_key

PEM_NAME = "client.pem"
PFX_NAME = "client.pfx"
PFX_PASSWORD = "emulator-pfx-password"


@dataclass(frozen=True)
class ClientCertificate:
    """What the server keeps of a client's certificate: the public part, and the two names that assertions use for it.

    `sha1` and `sha256` are base64url of the DER digest without padding: the header members `x5t` and `x5t#S256` of
    RFC 7515, sections 4.1.7 and 4.1.8.
    """

    certificate: x509.Certificate
    sha1: str
    sha256: str

    @classmethod
    def from_certificate(cls, certificate: x509.Certificate) -> ClientCertificate:
        return cls(
            certificate,
            _base64url(certificate.fingerprint(hashes.SHA1())),
            _base64url(certificate.fingerprint(hashes.SHA256())),
        )

    @classmethod
    def from_pem(cls, content: bytes) -> ClientCertificate:
        """Reads the first certificate of a PEM text, which may hold a private key as well."""
        return cls.from_certificate(x509.load_pem_x509_certificate(content))


def ensure_client_certificate(state_dir: str | os.PathLike[str]) -> ClientCertificate:
    """Makes `client.pem` (key and certificate) and `client.pfx` in the state directory unless they exist.

    Returns the public part. Both files hold the same pair; the PFX password is `PFX_PASSWORD`.
    """
    pem_path, pfx_path = Path(state_dir) / PEM_NAME, Path(state_dir) / PFX_NAME
    pair = _read_rsa_pair(pem_path)
    if pair is None:
        key = signing_key.new_key()
        pair = key, self_signed(key, "emulator client")
        pem = signing_key.private_pem(key) + pair[1].public_bytes(serialization.Encoding.PEM)
        signing_key.write_private(pem_path, pem)
        pfx_path.unlink(missing_ok=True)
    if not pfx_path.exists():
        encryption = serialization.BestAvailableEncryption(PFX_PASSWORD.encode())
        pfx = pkcs12.serialize_key_and_certificates(b"emulator client", pair[0], pair[1], None, encryption)
        signing_key.write_private(pfx_path, pfx)
    return ClientCertificate.from_certificate(pair[1])


def _read_rsa_pair(path: Path) -> tuple[rsa.RSAPrivateKey, x509.Certificate] | None:
    """Key and certificate of a PEM file; None where there is none, or one whose key cannot sign PS256 and RS256."""
    if not path.exists():
        return None
    content = path.read_bytes()
    # The file is the server's own; a full check of the key would take most of the time of a reset.
    key = serialization.load_pem_private_key(content, password=None, unsafe_skip_rsa_key_validation=True)
    return (key, x509.load_pem_x509_certificate(content)) if isinstance(key, rsa.RSAPrivateKey) else None


def self_signed(key: rsa.RSAPrivateKey, common_name: str) -> x509.Certificate:
    """A certificate valid from 2020 to 2060, so that a moved clock does not outdate it by accident."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc))
        .not_valid_after(datetime.datetime(2060, 1, 1, tzinfo=datetime.timezone.utc))
        .sign(key, hashes.SHA256())
    )


def _base64url(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
