# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Detached signatures of OpenSSH (``ssh-keygen -Y sign``): what a file says of itself, before anybody has verified it.

The format is that of PROTOCOL.sshsig of OpenSSH. A file has to be written exactly as programs write it: what could be
changed in it without changing the signature is refused, so that no change is passed over.
"""

from __future__ import annotations

import base64
import binascii
import struct
import typing as t
from dataclasses import dataclass

_BEGIN, _END = b"-----BEGIN SSH SIGNATURE-----", b"-----END SSH SIGNATURE-----"
_MAGIC, _VERSION = b"SSHSIG", 1
LONGEST = 64 * 1024
"""Bytes of a file; that of an RSA key with 16384 bits has 6 KiB."""


class NotASignature(ValueError):
    """It is no signature, or has been changed; the text says what was found, as a part of a sentence."""


@dataclass(frozen=True)
class Signature:
    """What it claims. :ivar key: the public key (or certificate) in OpenSSH's own form. :ivar namespace: what for."""

    key: bytes
    namespace: str

    @property
    def certificate(self) -> bool:
        """Whether it was made with a certificate (PROTOCOL.certkeys of OpenSSH): its kind ends in ``-cert-vNN@...``."""
        (length,) = struct.unpack_from(">I", self.key) if len(self.key) >= 4 else (0,)
        return b"-cert-v" in self.key[4 : 4 + length]


def parsed(content: bytes) -> Signature:
    """:raises NotASignature:"""
    if len(content) > LONGEST:
        raise NotASignature(f"has more than {LONGEST} bytes")
    rest = _dearmored(content)
    if not rest.startswith(_MAGIC):
        raise NotASignature("does not begin as a signature does")
    rest = rest[len(_MAGIC) :]
    try:
        (version,), rest = struct.unpack_from(">I", rest), rest[4:]
        if version != _VERSION:
            raise NotASignature(f"is of version {version}, and this is version {_VERSION}")
        fields = []
        for _name in ("publickey", "namespace", "reserved", "hash_algorithm", "signature"):
            (length,), rest = struct.unpack_from(">I", rest), rest[4:]
            if length > len(rest):
                raise NotASignature("ends too early")
            fields.append(rest[:length])
            rest = rest[length:]
        if rest or fields[2]:
            raise NotASignature("holds more than a signature")
        return Signature(fields[0], fields[1].decode("utf-8"))
    except (struct.error, UnicodeDecodeError):
        raise NotASignature("cannot be read") from None


def names_of(key: bytes, allowed_signers: bytes) -> tuple[str, ...]:
    """Every name that an allowed signers file gives a key, on whichever line and under whatever limits: for telling
    that two names are one person, and never for telling that somebody may sign."""
    wanted, found = base64.b64encode(key), []
    for line in allowed_signers.splitlines():
        words = line.split()
        if wanted in words[1:] and not line.lstrip().startswith(b"#"):
            found += words[0].strip(b'"').decode("utf-8", errors="replace").split(",")
    return tuple(dict.fromkeys(filter(None, found)))


def _dearmored(content: bytes) -> bytes:
    newline = b"\r\n" if b"\r\n" in content else b"\n"
    lines = content.split(newline)
    if len(lines) < 4 or lines[0] != _BEGIN or lines[-2] != _END or lines[-1]:
        raise NotASignature("is not a signature made by ssh-keygen -Y sign")
    text = b"".join(lines[1:-2])
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NotASignature("is not base64") from None
    if newline.join(_armored(raw, len(lines[1]))) != content:
        raise NotASignature("is not in canonical form")
    return raw


def _armored(raw: bytes, width: int) -> t.Iterator[bytes]:
    """The lines of a file. Programs differ in how long they make them."""
    text = base64.b64encode(raw)
    yield _BEGIN
    for begin in range(0, len(text), max(1, width)):
        yield text[begin : begin + max(1, width)]
    yield from (_END, b"")
