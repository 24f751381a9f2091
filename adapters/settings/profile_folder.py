"""The folder of a judiciary profile: read file by file, and written from a bundle without any other file.

A version's bundle is unpacked beside the state file, in a folder named by its digest. That folder is only a copy: at
each start it is compared with the bundle, and written anew if it differs.
"""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

from pydantic import AfterValidator

from gateway.notice.notice import sha256
from gateway.notice.profile_version import is_left_out
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of
from gateway.versions.bundle import MAX_BYTES, MAX_DEPTH, MAX_FILES, assert_name, bundled, unbundled

_NO_FILE: Final = Words(en="no regular file", fa="فایل معمولی نیست")
_TOO_LARGE: Final = Words(
    en="the files of a profile are {most} octets together, at most",
    fa="فایل‌های یک پروفایل روی هم حداکثر {most} بایت است",
)
_TOO_DEEP: Final = Words(
    en="{name}: folders in folders, more than {most} deep", fa="\u2066{name}\u2069: پوشه‌های تودرتو، بیش از {most} سطح"
)


class FileName(str):
    """Path of a file in the profile's folder, relative to it."""


def _inside(name: str) -> str:
    path = Path(name)
    if not name or "\0" in name or path.is_absolute() or ".." in path.parts:
        raise ValueError("a file inside the profile's folder is wanted")
    if is_left_out(path):
        raise ValueError("a name without a dot in front is wanted: the profile's digest leaves such files out")
    return FileName(path.as_posix())


BundledFile = Annotated[str, AfterValidator(_inside)]


def read_folder(folder: Path) -> dict[str, bytes]:
    """Return a folder's files by their paths in it. Names that begin with a dot are no part of a profile.

    Raises `GatewayError` ``profile.bundle`` for links, irregular files, names that no profile has, and more or larger
    files than one may hold. Raises ``profile.folder`` if a file cannot be read.
    """
    files: dict[str, bytes] = {}
    left = MAX_BYTES
    try:
        for path in _paths(folder, folder, 1):
            if len(files) == MAX_FILES:
                raise _refused(folder, f"more than {MAX_FILES} files")
            name = path.relative_to(folder).as_posix()
            assert_name(name)
            files[name] = _read(path, left)
            left -= len(files[name])
    except OSError as error:
        raise _unusable(folder, error) from error
    return files


def unpacked(octets: bytes, parent: Path) -> Path:
    """Return the folder below ``parent`` that holds exactly the files of a bundle.

    It is made if missing, and replaced if it holds anything else. Raises `GatewayError` ``profile.bundle``,
    ``profile.folder``.
    """
    files, folder = unbundled(octets), parent / sha256(octets).removeprefix("sha256:")
    if _holds(folder, octets):
        return folder
    try:
        parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=parent) as aside:
            made = Path(aside) / "made"
            write_files(files, made)
            if folder.is_symlink() or folder.exists():
                folder.rename(Path(aside) / "before")
            _rename(made, folder)
    except OSError as error:
        raise _unusable(folder, error) from error
    if not _holds(folder, octets):
        raise GatewayError("profile.folder", where=str(folder), detail="it changes while it is written")
    return folder


def write_files(files: dict[str, bytes], folder: Path) -> None:
    """Write files by their paths into a new folder. Raises ``OSError``."""
    folder.mkdir(mode=0o700)
    for name, octets in files.items():
        path = folder / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_bytes(octets)


def _rename(made: Path, folder: Path) -> None:
    try:
        made.rename(folder)
    except OSError as error:
        # Another process was quicker; its folder is compared with the bundle as ours would be.
        if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
            raise


def _holds(folder: Path, octets: bytes) -> bool:
    """Return True if a folder is exactly a bundle."""
    if folder.is_symlink() or not folder.is_dir():
        return False
    try:
        return bundled(read_folder(folder)) == octets
    except GatewayError:
        return False


def _paths(folder: Path, root: Path, depth: int) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        if is_left_out(Path(entry.name)):
            continue
        if not entry.is_dir(follow_symlinks=False):
            yield Path(entry.path)
        elif depth == MAX_DEPTH:
            raise _refused(root, _TOO_DEEP.filled(name=entry.name, most=MAX_DEPTH))
        else:
            yield from _paths(Path(entry.path), root, depth + 1)


def _read(path: Path, most: int) -> bytes:
    try:
        # Follow no link, and do not block on a pipe.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):
            raise _refused(path, _NO_FILE) from error
        raise
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise _refused(path, _NO_FILE)
        octets = file.read(most + 1)
    if len(octets) > most:
        raise _refused(path, _TOO_LARGE.filled(most=MAX_BYTES))
    return octets


def _refused(path: Path, detail: str | Words) -> GatewayError:
    return GatewayError("profile.bundle", where=str(path), detail=detail)


def _unusable(folder: Path, error: OSError) -> GatewayError:
    detail = f"{error.filename or folder}: {error.strerror or words_of(error)}"
    return GatewayError("profile.folder", where=str(folder), detail=detail)
