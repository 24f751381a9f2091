"""A witness that is a folder: a file share of somebody else's, or a disk that takes files and gives none back.

Each checkpoint is a file of its own, named by its size; none is ever written over. The folder is never made here: a
share that is not mounted would be a folder of this very machine.
"""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path

from gateway.errors import GatewayError
from gateway.plain_words import words_of
from gateway.witnessing import Letter

_FILE = re.compile(r"checkpoint-([0-9]{12,18})\.note")


class FolderWitness:
    """`gateway.witnessing.Witness`."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self._folder = name, folder

    def hand_over(self, letter: Letter) -> None:
        try:
            self._assert_in_order(letter, self._sizes())
            path = self._path(letter.size)
            if not path.exists():
                self._write(path, letter.note)
            if path.read_bytes() != letter.note:
                raise GatewayError("witness.another", where=self.name, detail=path.name)
        except OSError as error:
            raise self._unusable(error) from error

    def check(self) -> str:
        trial = self._folder / f".trial-{os.getpid()}"
        try:
            sizes = self._sizes()
            self._write(trial, b"")
            trial.unlink()
        except OSError as error:
            raise self._unusable(error) from error
        return f"{self._folder} can be written; " + (f"it holds {max(sizes)} records" if sizes else "it holds nothing")

    def _assert_in_order(self, letter: Letter, sizes: set[int]) -> None:
        if letter.held and letter.held not in sizes:
            raise GatewayError("witness.lost", where=self.name, detail=self._path(letter.held).name)
        if sizes and (newest := max(sizes)) > letter.size:
            raise GatewayError("witness.ahead", where=self.name, detail=f"{newest} records there, {letter.size} here")

    def _sizes(self) -> set[int]:
        with os.scandir(self._folder) as entries:
            return {int(found[1]) for entry in entries if (found := _FILE.fullmatch(entry.name))}

    def _path(self, size: int) -> Path:
        return self._folder / f"checkpoint-{size:012d}.note"

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
