"""Files with certificates: only the PEM blocks count, the certificate that fits the key is taken, and each thing that is wrong has its own word."""

from __future__ import annotations

import datetime
import itertools
import typing as t
from pathlib import Path

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.certificate_files import (
    CertificateFileError,
    blocks,
    key_and_certificate,
    recipient,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import CredentialsFileError
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.password_encryption import (
    PasswordEncryption,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import NameOID

NOW = datetime.datetime.now(datetime.timezone.utc)
DAY = datetime.timedelta(days=1)


def name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def certificate(
    key: t.Any, subject: str, issuer: str | None = None, signer: t.Any = None, begin: int = -1, end: int = 30
) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer or subject))
        .public_key(key.public_key())
    )
    builder = (
        builder.serial_number(x509.random_serial_number())
        .not_valid_before(NOW + begin * DAY)
        .not_valid_after(NOW + end * DAY)
    )
    return builder.sign(signer or key, hashes.SHA256())


def pem(one: t.Any, password: bytes | None = None, form: PrivateFormat = PrivateFormat.PKCS8) -> str:
    if isinstance(one, x509.Certificate):
        return one.public_bytes(Encoding.PEM).decode()
    return one.private_bytes(
        Encoding.PEM, form, BestAvailableEncryption(password) if password else NoEncryption()
    ).decode()


KEY, ROOT_KEY, OTHER_KEY = (rsa.generate_private_key(65537, 2048) for _number in range(3))
ROOT = certificate(ROOT_KEY, "Root")
LEAF = certificate(KEY, "Client", "Root", ROOT_KEY)
OTHER = certificate(OTHER_KEY, "Other")
BAGS = "Bag Attributes\n    friendlyName: Müller GmbH\nsubject=CN = x\nKey Attributes: <No Attributes>\n"
AROUND = {
    "nothing": lambda text: text.encode(),
    "comments": lambda text: ("# Schlüssel\n" + text + "\n# Ende\n").encode(),
    "in another encoding": lambda text: ("# Schlüssel\n" + text).encode("latin-1"),
    "a byte order mark": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "lines of Windows": lambda text: text.replace("\n", "\r\n").encode(),
    "blanks at the ends": lambda text: text.replace("\n", "  \n").encode(),
    "bag attributes": lambda text: (
        BAGS + text.replace("-----END CERTIFICATE-----\n", "-----END CERTIFICATE-----\n" + BAGS)
    ).encode(),
    "UTF-16": lambda text: text.encode("utf-16"),
    "no line break at the end": lambda text: text.rstrip().encode(),
}


def refused(call: t.Callable[[], t.Any]) -> str:
    with pytest.raises(CertificateFileError) as caught:
        call()
    assert "BEGIN" not in str(caught.value) and "secret" not in str(caught.value).replace("client_secret", "")
    return caught.value.reason


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_the_certificate_of_the_key_is_taken_wherever_it_stands(around: str, order: tuple[int, ...]) -> None:
    parts = [pem(KEY), pem(LEAF), pem(ROOT), pem(OTHER)]
    pair = key_and_certificate(AROUND[around]("".join(parts[place] for place in order)), None)
    assert x509.load_pem_x509_certificate(pair.certificate.encode()) == LEAF and [
        x509.load_pem_x509_certificate(one.encode()) for one in pair.chain
    ] == [ROOT]
    assert (
        pair.key == pem(KEY) and not pair.encrypted and pair.fingerprint_sha1 == LEAF.fingerprint(hashes.SHA1()).hex()
    )


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
@pytest.mark.parametrize("around", AROUND)
def test_encrypted_keys(around: str, form: PrivateFormat) -> None:
    content = AROUND[around](pem(LEAF) + pem(KEY, b"secret", form))
    assert key_and_certificate(content, b"secret").encrypted
    assert refused(lambda: key_and_certificate(content, None)) == "certificate_password_missing"
    assert refused(lambda: key_and_certificate(content, b"wrong secret")) == "certificate_password_wrong"
    assert not key_and_certificate((pem(KEY, form=form) + pem(LEAF)).encode(), b"not needed").encrypted


def pfx(key: t.Any, cert: t.Any, others: t.Any = None, password: bytes | None = b"secret") -> bytes:
    return pkcs12.serialize_key_and_certificates(
        b"n", key, cert, others, BestAvailableEncryption(password) if password else NoEncryption()
    )


def test_pkcs12() -> None:
    pair = key_and_certificate(pfx(KEY, LEAF, [ROOT]), b"secret")
    assert pair.certificate == pem(LEAF) and pair.chain == (pem(ROOT),) and pair.key == pem(KEY) and not pair.encrypted
    assert key_and_certificate(pfx(KEY, LEAF, password=None), None).certificate == pem(LEAF)
    assert refused(lambda: key_and_certificate(pfx(KEY, LEAF), None)) == "certificate_password_missing"
    assert refused(lambda: key_and_certificate(pfx(KEY, LEAF), b"wrong")) == "certificate_password_wrong"
    assert refused(lambda: key_and_certificate(pfx(None, None, [LEAF]), b"secret")) == "certificate_key_missing"
    assert refused(lambda: key_and_certificate(pfx(KEY, None), b"secret")) == "certificate_missing"


EXPIRED, FUTURE = certificate(KEY, "Client", begin=-9, end=-1), certificate(KEY, "Client", begin=2)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
WRONG = {
    "certificate_file_empty": b"",
    "certificate_file_empty ": b"\xef\xbb\xbf \r\n",
    "certificate_unreadable": b"hello",
    "certificate_unreadable ": b"-----BEGIN NOTHING-----",
    "certificate_unreadable  ": (pem(KEY) + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").encode(),
    "certificate_unreadable   ": (
        pem(LEAF) + "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
    ).encode(),
    "certificate_key_missing": (pem(LEAF) + pem(ROOT)).encode(),
    "certificate_key_missing ": LEAF.public_bytes(Encoding.DER),
    "certificate_missing": pem(KEY).encode(),
    "certificate_missing ": KEY.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
    "certificate_key_foreign": (pem(OTHER_KEY) + pem(LEAF) + pem(ROOT)).encode(),
    "certificate_expired": (pem(KEY) + pem(EXPIRED)).encode(),
    "certificate_not_yet_valid": (pem(KEY) + pem(FUTURE)).encode(),
    "certificate_key_kind": (pem(EC_KEY) + pem(certificate(EC_KEY, "Curve"))).encode(),
    "certificate_password_missing": b"0\x82\x01\x00" + bytes(40),
}


@pytest.mark.parametrize("word", WRONG)
def test_each_thing_that_is_wrong_has_its_word(word: str) -> None:
    assert refused(lambda: key_and_certificate(WRONG[word], None)) == word.strip()


def test_of_two_certificates_for_one_key_the_valid_one_is_taken() -> None:
    for order in itertools.permutations([pem(KEY), pem(EXPIRED), pem(LEAF)]):
        assert key_and_certificate("".join(order).encode(), None).certificate == pem(LEAF)


@pytest.mark.parametrize("around", AROUND)
def test_the_recipient_of_passwords(around: str) -> None:
    for parts in ([LEAF], [LEAF, ROOT], [ROOT, LEAF], [KEY, LEAF, ROOT]):
        assert recipient(AROUND[around]("".join(map(pem, parts)))) == LEAF
    assert recipient(LEAF.public_bytes(Encoding.DER)) == LEAF


NO_RECIPIENT = {
    "certificate_file_empty": b" ",
    "certificate_unreadable": b"hello",
    "certificate_missing": pem(KEY).encode(),
    "certificate_ambiguous": (pem(LEAF) + pem(OTHER)).encode(),
    "certificate_expired": pem(EXPIRED).encode(),
    "certificate_not_yet_valid": pem(FUTURE).encode(),
    "certificate_key_kind": pem(certificate(EC_KEY, "Curve")).encode(),
}


@pytest.mark.parametrize("word", NO_RECIPIENT)
def test_a_recipient_who_cannot_be_meant_is_refused(word: str, tmp_path: Path) -> None:
    path = tmp_path / "recipient.pem"
    path.write_bytes(NO_RECIPIENT[word])
    with pytest.raises(CredentialsFileError) as caught:
        PasswordEncryption(str(path))
    assert caught.value.details["reason"] == word


def test_a_text_without_blocks_has_none() -> None:
    assert blocks(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END PRIVATE KEY-----\n") == []
