"""Commands of the matrix for a gateway process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from adapters.archive.verified_zips import VerifiedZips
from adapters.archive.zip_writer import ZipFolder
from adapters.crypto.keys.note import NoteSigner
from gateway.archive.archiving import ArchivePolicy, Rhythm, archive
from gateway.notice.outbox import OutboxEntry
from gateway.operations.intervention import EntryChange
from gateway.operations.operator_action import OperatorAction
from gateway.record.evidence_record import EvidenceKind
from gateway.record.retention_class import About, Rule
from gateway.retention.legal_hold import lift_legal_hold as let_go
from gateway.retention.legal_hold import place_legal_hold
from gateway.retention.offload import OffloadPolicy, offload_records
from gateway.retention.purge import purge
from gateway.runtime.errors import GatewayError
from gateway.runtime.pass_report import PassReport
from gateway.sending.ticket_issue import Tickets
from tests.manual_clock import ManualClock
from tests.passes.conftest import Passes
from tests.passes.ports import Reader

UNREGISTERED = b"unregistered"
"""Stands in receipts whose certificate nobody has registered yet."""


SIGNER = NoteSigner(name="town.example/archive", key=Ed25519PrivateKey.from_private_bytes(b"k" * 32))
"""Each process of an installation has the same key."""

AT_ONCE = ArchivePolicy(
    checkpoints=Rhythm(every=timedelta(), records=1000), segments=Rhythm(every=timedelta(), records=1000)
)


LEAVING = OffloadPolicy(after=timedelta(hours=1))
Watch = Callable[[str, Any, bool], Any]
"""Gives a stand-in for a port of this name."""

ANSWERS = Rule(name="answers", kinds=frozenset({EvidenceKind.MESSAGE_RECEIVED}), life=timedelta(days=7))


def archive_in(folder: Path) -> ZipFolder:
    return ZipFolder(folder / "archive", dict, SIGNER.verifier)


@dataclass
class WatchedPasses(Passes):
    """The passes, and what a person does between them; nothing is returned that a pipe cannot carry. ``folder`` holds
    the archive."""

    folder: Path = field(kw_only=True)
    watch: Watch = field(default=lambda _name, target, _outside: target)

    clock: ManualClock = field(default_factory=ManualClock)
    tickets: Tickets | None = field(default=Tickets(submit_again=True))
    reader: Reader = field(default_factory=lambda: Reader({UNREGISTERED: "verify.signature"}))

    def entries(self) -> list[OutboxEntry]:
        return [found.entry for found in self.store.notices.find(state=None, limit=100, after=None)]

    def archive(self) -> PassReport:
        return archive(self.store.log, SIGNER, archive_in(self.folder), self.clock, AT_ONCE)

    def leave(self) -> None:
        """Archived records leave the store soon."""
        retention, folder = self._archived()
        offload_records(retention, folder, self.clock(), LEAVING, look_again=timedelta())

    def purge(self) -> None:
        """Answers are deleted after a week; a notice is held meanwhile, now and then anew."""
        retention, folder = self._archived()
        doing = OperatorAction(name="archive.hold", account="clerk", reason="for a while", at=self.clock())
        for each in retention.holds():
            let_go(self.store, doing, [each], each.about, each.subject, "city")
        place_legal_hold(self.store, doing, About.NOTICE, self.entries()[0].reference, "city")
        purge(self.store, retention, folder, self.archive, [ANSWERS], self.clock, "city")

    def _archived(self) -> tuple[Any, Any]:
        retention = self.store.retention
        folder = VerifiedZips(self.folder / "archive", SIGNER.verifier, retention)
        return self.watch("retention", retention, False), self.watch("folder", folder, True)

    def decide(self, reference: str, action: EntryChange) -> str:
        """Do what a person decided; return what came of it."""
        try:
            return self.intervene(reference, action).outcome
        except GatewayError as error:
            return error.code

    def judge_again(self) -> None:
        """The certificate is registered now: a person has what is in quarantine judged again."""
        self.reader = Reader({})
        for item in self.quarantine():
            self.release(item)
