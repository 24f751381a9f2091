"""Memory that a machine has of the store, as its state file is: it survives a crash of the process."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from adapters.storage.fingerprint_file import REMEMBERED, FingerprintFile
from gateway.store.store_fingerprint import StoreFingerprint


class RememberedStore(FingerprintFile):
    """Stand-in for the file, in memory. Nothing is saved by noting seldom, so it notes always."""

    def __init__(self) -> None:
        super().__init__(Path("state"))
        self.kept: StoreFingerprint | None = None

    def recall(self) -> StoreFingerprint | None:
        return self.kept

    def assert_writable(self) -> None:
        """Do nothing: memory is writable."""

    def note(self, epoch: str, records: Sequence[str]) -> None:
        known = self.kept.records if self.kept is not None and self.kept.epoch == epoch else ()
        latest = tuple(dict.fromkeys([*known, *records]))[-REMEMBERED:]
        self.kept = StoreFingerprint(epoch=epoch, records=latest)

    def note_seldom(self, fingerprint: StoreFingerprint | None, newest: StoreFingerprint) -> None:
        self.note(newest.epoch, newest.records)
