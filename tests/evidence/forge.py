"""Changes an evidence file, with the archive's keys or without them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from adapters.crypto.keys.keys import Signer
from adapters.crypto.xml.asic import write_manifest
from adapters.crypto.xml.xades import SignedFile, Validation, sign_files
from gateway.evidence.evidence_file import MANIFEST, OUTSIDE, SIGNATURES, media_type

from .notice_recorder import NoticeRecorder

Entries = dict[str, bytes]
Edit = Callable[[Entries], None]


def contents(path: Path) -> Entries:
    with ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


def write(path: Path, entries: list[tuple[str, bytes]]) -> None:
    with ZipFile(path, "w") as file:
        for name, octets in entries:
            entry = ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = ZIP_STORED if name == "mimetype" else ZIP_DEFLATED
            file.writestr(entry, octets)


def change(path: Path, edit: Edit) -> None:
    """Forge as somebody without any key."""
    found = contents(path)
    edit(found)
    write(path, list(found.items()))


def forge(path: Path, recorder: NoticeRecorder, edit: Edit, signer: Signer | None = None) -> None:
    """Forge as a holder of the archive's signing key: manifest and signature fit the change."""
    found = contents(path)
    edit(found)
    names = [name for name in found if name not in OUTSIDE]
    found[MANIFEST] = write_manifest({name: media_type(name) for name in names})
    found[SIGNATURES] = sign(found, names, recorder, signer)
    write(path, list(found.items()))


def sign(found: Entries, names: list[str], recorder: NoticeRecorder, signer: Signer | None = None) -> bytes:
    files = [
        SignedFile(name=name, media_type=media_type(name), digest=hashlib.sha256(found[name]).digest())
        for name in names
    ]
    writer = recorder.writer(Path("unused"))
    validation = Validation(certificates=writer.chain, lists=[])
    return sign_files(files, signer or writer.signer, recorder.now, writer.authority.stamp, lambda _token: validation)
