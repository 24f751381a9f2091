"""Record notices in a real archive: seals, messages and receipts are signed, the store is a database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.archive.zip_writer import ZipFolder
from adapters.crypto.keys.certificate import load_certificates
from adapters.crypto.keys.keys import Signer
from adapters.crypto.keys.note import NoteSigner, load_note_signer
from adapters.crypto.message.soap_signing import Addressing, sign_message
from adapters.crypto.xml.document import sign_document
from adapters.revocation.reader import AuthorityLists
from adapters.sandbox.judiciary.issued_receipts import issue
from adapters.sandbox.judiciary.ledger_transaction import DueEvent
from adapters.sandbox.pki.devlists import DevelopmentAuthorities
from adapters.sandbox.pki.time_stamper import TimeStamper
from adapters.storage.sql_store import SqlStore
from gateway.archive.archiving import ArchivePolicy, Rhythm, archive
from gateway.judiciary.courier import SealSlice
from gateway.notice.delivery_state import DeliveryEvent
from gateway.notice.notice import sha256
from gateway.record.evidence_record import EvidenceKind, EvidenceRecord, evidence_record
from gateway.runtime.clock import Clock
from gateway.store.stored import Changes, Payload
from gateway.trust.revocation_refresh import KnownLists, take
from tests.timestamp.authorities import query, token_of
from tests.unit.crypto.samples import ACTION, MESSAGE_ID, TO, inquiry, notice, signer, submission

ORIGIN = "eblagh.municipality.example/archive"
JUDICIARY = "court"
"""The judiciary's name as a destination."""
NOW = datetime(2026, 2, 3, 9, 30, 15, 123456, tzinfo=UTC)
SEGMENT = 8
"""Records in a segment."""
AT_ONCE = Rhythm(every=timedelta(), records=SEGMENT)


@dataclass
class Recorder:
    """The gateway's side: what it records, and its archive."""

    pki: Path
    store: SqlStore
    folder: Path
    now: datetime = NOW

    def record(
        self,
        id: str,
        kind: EvidenceKind,
        payload: Payload,
        notice: str | None = None,
        origin: str = "city",
        **context: str,
    ) -> None:
        record = evidence_record(
            id=id,
            kind=kind,
            notice=notice,
            origin=origin,
            destination="court",
            event_time=self.now,
            recorded_at=self.now,
            payload_digest=payload.digest,
            context=context,
        )
        self.commit([record], [payload])

    def commit(self, records: Sequence[EvidenceRecord], payloads: Sequence[Payload]) -> None:
        self.store.commit(Changes(evidence=records, payloads=payloads))
        self.now += timedelta(seconds=1)

    def serve(self, numbers: Sequence[int]) -> None:
        """Let notices be sealed, sent together, answered and served."""
        seals = [self.seal(number) for number in numbers]
        self.send(numbers[0], seals)
        answering = Addressing(to=TO, action=f"{ACTION}Response", message_id="urn:uuid:a", relates_to=MESSAGE_ID)
        answer = sign_message(
            inquiry(), answering, self.judiciary_signer("transport"), self.now, timedelta(minutes=5)
        ).wire
        self.record(f"answer:{numbers[0]}", EvidenceKind.MESSAGE_RECEIVED, plain(answer), passed="fresh")
        for seal in seals:
            self.receive(seal)

    def send(self, number: int, seals: Sequence[SealSlice]) -> None:
        body = submission([seal.reference for seal in seals])
        addressing = Addressing(to=TO, action=ACTION, message_id=MESSAGE_ID)
        sent = sign_message(body, addressing, self.signer("transport"), self.now, timedelta(minutes=5), seals)
        framed = Payload(digest=sha256(sent.wire), octets=sent.frame.dump(), framed=True)
        self.record(f"sent:{number}", EvidenceKind.MESSAGE_SENT, framed)

    def seal(self, number: int) -> SealSlice:
        name = reference(number)
        octets = sign_document(notice(name), self.signer("seal-article-100"), self.now)
        sealed = plain(octets)
        self.record(f"seal:{name}", EvidenceKind.SEALED_NOTICE, sealed, notice=name)
        return SealSlice(reference=name, octets=octets, digest=sealed.digest)

    def receive(self, seal: SealSlice) -> None:
        due = DueEvent(
            reference=seal.reference,
            tracking=f"T{seal.reference[-4:]}",
            seal_digest=seal.digest,
            event=DeliveryEvent.CONTENT_CONSIGNMENT,
            happened_at=self.now,
        )
        receipt = issue(due, self.judiciary_signer("receipts"), self.now)
        self.record(
            f"receipt:{receipt.receipt_id}",
            EvidenceKind.RECEIPT,
            plain(receipt.octets),
            seal.reference,
            JUDICIARY,
            event=due.event.value,
        )

    def archive(self, segments: Rhythm = AT_ONCE) -> None:
        """Checkpoint by checkpoint, as a service that runs on would, and with the lists of that time."""
        self.publish()
        self.write_segments(segments)

    def write_segments(self, segments: Rhythm = AT_ONCE) -> None:
        policy = ArchivePolicy(checkpoints=AT_ONCE, segments=segments, batch=5)
        archive(self.store.log, self.notes, self.zips, self.clock, policy, authority=Authority(self.pki, self.clock))

    def clock(self) -> datetime:
        return self.now

    @property
    def notes(self) -> NoteSigner:
        return load_note_signer(self.pki / "municipality" / "archive.key.pem", ORIGIN)

    @property
    def zips(self) -> ZipFolder:
        return ZipFolder(self.folder, self.certificates, self.notes.verifier, self.store.lists)

    def publish(self) -> None:
        """Have every authority issue its list of now, and keep it."""
        authorities = DevelopmentAuthorities(self.pki)
        certificates = [authorities.certificate(name) for name in authorities.names()]
        known = KnownLists(self.store.lists, AuthorityLists(authorities=certificates, skew=timedelta()), lambda: 0.0)
        for name in authorities.names():
            take(authorities.list_of(name, self.now), name, known, self.now)

    def certificates(self) -> dict[str, bytes]:
        files = sorted(path for side in ("municipality", "judiciary") for path in (self.pki / side).glob("*.crt.pem"))
        return {f"{path.parent.name}-{path.name.removesuffix('.crt.pem')}": path.read_bytes() for path in files}

    def signer(self, name: str) -> Signer:
        return signer(self.pki, "municipality", name)

    def judiciary_signer(self, name: str) -> Signer:
        return signer(self.pki, "judiciary", name)

    @property
    def trust(self) -> Path:
        return self.pki / "anchors"


@dataclass(frozen=True)
class Authority:
    """The development time authority, without a network."""

    pki: Path
    clock: Clock
    name: str = "time"

    def stamp(self, digest: bytes) -> bytes:
        own = signer(self.pki, "time", "authority")
        chain = [each.der for each in load_certificates(self.pki / "time" / "authority.crt.pem")]
        stamper = TimeStamper(signer=own, chain=chain, clock=self.clock)
        return token_of(stamper.answer(query(digest)))


def plain(octets: bytes) -> Payload:
    return Payload(digest=sha256(octets), octets=octets)


def reference(number: int) -> str:
    digits = "ABCDEFGHIJ"
    return "EB-" + "".join(digits[int(d)] for d in f"{number:032d}")


def pin(pki: Path, destination: str = JUDICIARY) -> None:
    """Put into the trust folder of a development PKI what signs the receipts of this destination."""
    anchors = pki / "anchors"
    (anchors / f"receipts-{destination}.pem").write_bytes((anchors / "receipts-judiciary.pem").read_bytes())
