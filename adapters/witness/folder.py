"""Witness by a folder: a file share of another party, or a disk that accepts files and returns none.

Each checkpoint is a file of its own, named by its size. None is overwritten, and each new one must continue the newest
one there, by a proof of consistency. The folder is never created here: an unmounted share would become a folder of this
machine.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path

from gateway.archive.witnessing import Letter
from gateway.merkle.checkpoint import MAX_NOTE_BYTES, Checkpoint, NotANote, SignedNote
from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of

_FILE = re.compile(r"checkpoint-([0-9]{12,18})(?:-[0-9]{1,3})?\.note")
"""Pattern of file names; a number follows the size if a checkpoint of that size was set aside before."""


class FolderWitness:
    """Implementation of `gateway.archive.witnessing.Witness` by a folder."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self._folder = name, folder

    def notes(self) -> Iterator[bytes]:
        """Read the files one by one: the folder has a file for each checkpoint of years."""
        try:
            for name in _newest_first(self._names()):
                yield _read(self._folder / name)
        except OSError as error:
            raise self._unusable(error) from error

    def hand_over(self, letter: Letter) -> None:
        try:
            self._assert_goes_on(letter)
            path = self._free_path(letter)
            if not os.path.lexists(path):
                self._write(path, letter.note)
            if _read(path) != letter.note:
                raise GatewayError("witness.another", where=self.name, detail=path.name)
        except OSError as error:
            raise self._unusable(error) from error

    def check(self) -> str:
        trial = self._folder / f".trial-{os.getpid()}"
        try:
            sizes = self._names().values()
            self._write(trial, b"")
            trial.unlink()
        except OSError as error:
            raise self._unusable(error) from error
        return f"{self._folder} can be written; " + (f"it holds {max(sizes)} records" if sizes else "it holds nothing")

    def _assert_goes_on(self, letter: Letter) -> None:
        """Compare with the newest checkpoint here that nobody set aside."""
        names = self._names()
        if letter.held and letter.held not in names.values():
            raise GatewayError("witness.lost", where=self.name, detail=_name(letter.held))
        for name in _newest_first(names):
            held = self._checkpoint(name)
            if (held.size, held.root) in letter.set_aside:
                continue
            if names[name] > letter.size:
                detail = f"{names[name]} records there, {letter.size} here"
                raise GatewayError("witness.ahead", where=self.name, detail=detail)
            if not letter.goes_on_from(held):
                raise GatewayError("witness.another", where=self.name, detail=name)
            return

    def _free_path(self, letter: Letter) -> Path:
        """Return the file for a checkpoint, different from that of a set-aside one of the same size."""
        for number in count():
            path = self._folder / _name(letter.size, number)
            if not os.path.lexists(path) or _read(path) == letter.note:
                return path
            held = self._checkpoint(path.name)
            if (held.size, held.root) not in letter.set_aside:
                return path
        raise AssertionError("a number is always free")

    def _checkpoint(self, name: str) -> Checkpoint:
        try:
            return Checkpoint.of(SignedNote.of(_read(self._folder / name)).text)
        except NotANote as problem:
            raise GatewayError("witness.unbelieved", where=self.name, detail=f"{name}: {problem}") from problem

    def _names(self) -> dict[str, int]:
        """Return the files of checkpoints, with the sizes in their names. What is no regular file is none."""
        with os.scandir(self._folder) as entries:
            return {
                entry.name: int(found[1])
                for entry in entries
                if (found := _FILE.fullmatch(entry.name)) and entry.is_file(follow_symlinks=False)
            }

    def _write(self, path: Path, octets: bytes) -> None:
        partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
        try:
            with partial.open("wb") as file:
                file.write(octets)
                file.flush()
                os.fsync(file.fileno())
            partial.rename(path)
        finally:
            partial.unlink(missing_ok=True)
        self._sync()

    def _sync(self) -> None:
        descriptor = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EBADF):  # a share that syncs no folders
                raise
        finally:
            os.close(descriptor)

    def _unusable(self, error: OSError) -> GatewayError:
        detail = f"{self._folder}: {error.strerror or words_of(error)}"
        return GatewayError("witness.unreachable", where=self.name, detail=detail)


def _name(size: int, number: int = 0) -> str:
    return f"checkpoint-{size:012d}{f'-{number}' if number else ''}.note"


def _newest_first(names: Mapping[str, int]) -> list[str]:
    return sorted(names, key=names.__getitem__, reverse=True)


def _read(path: Path) -> bytes:
    """Read a regular file: a pipe would keep the pass waiting, and a link lead elsewhere. Raises `OSError`."""
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, f"{path.name} is no regular file")
        return file.read(MAX_NOTE_BYTES + 1)
