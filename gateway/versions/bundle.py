"""Bundle of a profile, of rules or of a calendar: the files of a folder as a ZIP file with only one possible form.

Entries are in the order of their names, stored without compression, and have no time, attributes or extra fields. A
bundle is rebuilt and compared when it is read.
So the same files always give the same octets, and no trick of the format is possible. Any ZIP tool opens it.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import Final

from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of

NAME: Final = r"^[a-z0-9][a-z0-9.-]{0,62}$"
"""Names of profiles, rules and calendars."""
MAX_FILES: Final = 200
MAX_BYTES: Final = 4 * 1024 * 1024
"""Maximum size of all files together, in octets. A WSDL with its schemas has some hundred KiB."""
MAX_DEPTH: Final = 5

_SEGMENT: Final = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.~+=@,() #-]{0,98}[A-Za-z0-9_~)])?")
_LOCAL: Final = struct.Struct("<4s5H3I2H")
_CENTRAL: Final = struct.Struct("<4s6H3I5H2I")
_END: Final = struct.Struct("<4s4H2IH")
_VERSION: Final = 20
_FIRST_DAY: Final = 0x21
"""1980-01-01, the earliest date of the format."""


def assert_name(name: str) -> None:
    """Raise `GatewayError` ``profile.bundle`` for an invalid file name.

    Such a path leads outside, or another machine would read it differently.
    """
    segments = name.split("/")
    if len(segments) > MAX_DEPTH or not all(map(_SEGMENT.fullmatch, segments)):
        raise _refused(name, "a name of Latin letters, digits and . _ - is wanted, with no dot in front")


def bundled(files: Mapping[str, bytes]) -> bytes:
    """Return the bundle of files by their paths.

    Raises `GatewayError` ``profile.bundle`` for invalid names and sizes.
    """
    _assert_bounds(files)
    entries, directory, start = list[bytes](), list[bytes](), 0
    for name, octets in sorted(files.items()):
        assert_name(name)
        label, size = name.encode("ascii"), len(octets)
        about = (_VERSION, 0, 0, 0, _FIRST_DAY, zlib.crc32(octets), size, size, len(label), 0)
        entry = _LOCAL.pack(b"PK\3\4", *about) + label + octets
        directory.append(_CENTRAL.pack(b"PK\1\2", _VERSION, *about, 0, 0, 0, 0, start) + label)
        entries.append(entry)
        start += len(entry)
    index = b"".join(directory)
    end = _END.pack(b"PK\5\6", 0, 0, len(directory), len(directory), len(index), start, 0)
    return b"".join(entries) + index + end


def unbundled(octets: bytes) -> dict[str, bytes]:
    """Return the files of a bundle by their paths.

    Raises `GatewayError` ``profile.bundle`` for any form that `bundled` does not write.
    """
    if len(octets) > 2 * MAX_BYTES:
        raise _refused("", "larger than a bundle may be")
    try:
        with zipfile.ZipFile(io.BytesIO(octets)) as archive:
            entries = archive.infolist()
            if any(entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits for entry in entries):
                raise _refused("", "an entry that is packed, encrypted or marked")
            # Before reading: several entries may name the same octets.
            if len(entries) > MAX_FILES or sum(entry.file_size for entry in entries) > MAX_BYTES:
                raise _refused("", "more than a bundle may hold")
            files = {entry.filename: archive.read(entry) for entry in entries}
    except (zipfile.BadZipFile, ValueError, KeyError, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        raise _refused("", f"no ZIP file as it is wanted: {words_of(error)}") from error
    if bundled(files) != octets:
        raise _refused("", "other octets than a bundle of these files has")
    return files


def _assert_bounds(files: Mapping[str, bytes]) -> None:
    if not files or len(files) > MAX_FILES:
        raise _refused("", f"{len(files)} files, where 1 to {MAX_FILES} may be")
    if sum(map(len, files.values())) > MAX_BYTES:
        raise _refused("", f"more than {MAX_BYTES} octets")
    folded = [name.casefold() for name in files]
    if len(set(folded)) < len(folded):
        raise _refused("", "two names that differ in capitals alone")
    folders = {"/".join(name.split("/")[:depth]) for name in folded for depth in range(1, name.count("/") + 1)}
    if both := sorted(folders.intersection(folded)):
        raise _refused(both[0], "a file and a folder of one name")


def _refused(where: str, detail: str) -> GatewayError:
    return GatewayError("profile.bundle", where=where, detail=detail)
