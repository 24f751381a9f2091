"""What a gateway process of the matrix can be told to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from adapters.archive.zip_writer import ZipFolder
from adapters.crypto.note import NoteSigner
from gateway.archive import ArchivePolicy, Rhythm, archive
from gateway.errors import GatewayError
from gateway.intervention import Deed
from gateway.outbox import OutboxEntry
from tests.passes.conftest import City
from tests.passes.ports import Hands, Reader

UNREGISTERED = b"unregistered"
"""Stands in receipts whose certificate nobody has registered yet."""


SIGNER = NoteSigner(name="town.example/archive", key=Ed25519PrivateKey.from_private_bytes(b"k" * 32))
"""Each process of a town has the same key."""

AT_ONCE = ArchivePolicy(
    checkpoints=Rhythm(every=timedelta(), records=1000), segments=Rhythm(every=timedelta(), records=1000)
)


def archive_in(folder: Path) -> ZipFolder:
    return ZipFolder(folder / "archive", dict, SIGNER.verifier)


@dataclass
class Town(City):
    """The passes, and what a person does between them; nothing is returned that a pipe cannot carry. ``folder`` holds
    the archive."""

    folder: Path = field(kw_only=True)

    clock: Hands = field(default_factory=Hands)
    reader: Reader = field(default_factory=lambda: Reader({UNREGISTERED: "verify.signature"}))

    def entries(self) -> list[OutboxEntry]:
        return [found.entry for found in self.store.find(state=None, limit=100, after=None)]

    def archive(self) -> None:
        archive(self.store.log, SIGNER, archive_in(self.folder), self.clock, AT_ONCE)

    def decide(self, reference: str, deed: Deed) -> str:
        """Do what a person decided; return what came of it."""
        try:
            return self.intervene(reference, deed).outcome
        except GatewayError as error:
            return error.code

    def judge_again(self) -> None:
        """The certificate is registered now: a person has what is in quarantine judged again."""
        self.reader = Reader({})
        for item in self.quarantine():
            self.release(item)
