"""Fingerprint file: a small file outside of the database, in which a machine remembers the store.

Processes of a machine that share a configuration share the file. It is written under another name, synced and renamed,
so it is complete at any time. A lock on its folder lets one process write after the other.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of
from gateway.store.store_fingerprint import StoreFingerprint

REMEMBERED = 16
"""Number of records that are kept: enough for the last messages of several processes at once."""

SELDOM_SECONDS = 10.0
"""Shortest interval, in seconds, between notes of records that others wrote. A record of a message that this machine
sends is noted each time."""


class FingerprintFile:
    """May be used from several threads. Raises `GatewayError` ``recovery.fingerprint``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._noted = -SELDOM_SECONDS

    def recall(self) -> StoreFingerprint | None:
        """Return the fingerprint; None if there is no file."""
        try:
            kept = json.loads(self.path.read_text(encoding="utf-8"))
            fingerprint = StoreFingerprint(epoch=kept["epoch"], records=tuple(kept["records"]))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unusable(error.strerror or words_of(error)) from error
        except (ValueError, KeyError, TypeError) as error:
            raise self._unusable("it is not whole") from error
        if not all(isinstance(text, str) for text in (fingerprint.epoch, *fingerprint.records)):
            raise self._unusable("it is not whole")
        return fingerprint

    def assert_writable(self) -> None:
        """Raise if a file cannot be written here."""
        with self._alone(), open(self._partial, "w", opener=_for_the_owner):
            self._partial.unlink()

    def note(self, epoch: str, records: Sequence[str]) -> None:
        """Remember records that were seen in a store of this epoch. Records of an earlier epoch are dropped."""
        with self._alone() as folder:
            before = self.recall()
            known = before.records if before is not None and before.epoch == epoch else ()
            latest = tuple(dict.fromkeys([*known, *records]))[-REMEMBERED:]
            if before != (after := StoreFingerprint(epoch=epoch, records=latest)):
                self._write(after, folder)

    def note_seldom(self, fingerprint: StoreFingerprint | None, newest: StoreFingerprint) -> None:
        """Remember the newest record of the store, at most every `SELDOM_SECONDS`.

        Note it at once if ``fingerprint`` is of another epoch or None.
        """
        if fingerprint is not None and newest.epoch == fingerprint.epoch:
            if time.monotonic() - self._noted < SELDOM_SECONDS or set(newest.records) <= set(fingerprint.records):
                return
            self._noted = time.monotonic()
        self.note(newest.epoch, newest.records)

    def _write(self, fingerprint: StoreFingerprint, folder: int) -> None:
        with open(self._partial, "w", encoding="utf-8", opener=_for_the_owner) as file:
            json.dump({"epoch": fingerprint.epoch, "records": fingerprint.records}, file, indent=1)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        self._partial.replace(self.path)
        os.fsync(folder)

    @contextmanager
    def _alone(self) -> Iterator[int]:
        try:
            folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY)
            try:
                fcntl.flock(folder, fcntl.LOCK_EX)
                yield folder
            finally:
                os.close(folder)
        except OSError as error:
            raise self._unusable(error.strerror or words_of(error)) from error

    @property
    def _partial(self) -> Path:
        return self.path.with_name(f"{self.path.name}.partial")

    def _unusable(self, detail: str) -> GatewayError:
        return GatewayError("recovery.memory", where=str(self.path), detail=detail)


def _for_the_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
