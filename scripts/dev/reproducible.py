# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pack a collection's tarball anew, so that the same content gives the same bytes.

ansible-galaxy writes the time of the build and of each file, and the files in the order of the file system. Here the list of files is
sorted, with the checksum of it in MANIFEST.json, every time is that of the commit, and the compression says neither a time nor a name.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from pathlib import Path


def pack(source: Path, target: Path, moment: int) -> None:
    """Write the content of the tarball ``source`` to ``target``, with ``moment`` (seconds since 1970) as the time of everything.

    :raises ValueError: a member is neither a file nor a directory.
    """
    with tarfile.open(source) as archive:
        members = {member.name: member for member in archive.getmembers()}
        content = {
            name: (archive.extractfile(member) or io.BytesIO()).read()
            for name, member in members.items()
            if member.isfile()
        }
    strange = [name for name, member in members.items() if not (member.isfile() or member.isdir())]
    if strange:
        raise ValueError(f"neither files nor directories: {', '.join(strange)}")
    files = json.loads(content["FILES.json"])
    files["files"].sort(key=lambda entry: entry["name"])
    content["FILES.json"] = json.dumps(files, indent=True).encode()
    manifest = json.loads(content["MANIFEST.json"])
    manifest["file_manifest_file"]["chksum_sha256"] = hashlib.sha256(content["FILES.json"]).hexdigest()
    content["MANIFEST.json"] = json.dumps(manifest, indent=True).encode()

    first = ["MANIFEST.json", "FILES.json"]  # where ansible-galaxy looks for them
    with (
        target.open("wb") as file,
        gzip.GzipFile("", "wb", compresslevel=9, fileobj=file, mtime=0) as stream,
        tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for name in [*first, *sorted(members.keys() - set(first))]:
            entry = tarfile.TarInfo(name)
            entry.type, entry.mtime = members[name].type, moment
            entry.mode = 0o755 if members[name].isdir() or members[name].mode & 0o100 else 0o644
            entry.size = len(content.get(name, b""))
            archive.addfile(entry, io.BytesIO(content[name]) if name in content else None)
