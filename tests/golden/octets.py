"""Write, from fixed input, the exact octets of each form that is stored or read by others."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from zipfile import ZipFile

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from adapters.acts.act_message import Request, framed, reply_of
from adapters.archive.zip_writer import ZipFolder
from adapters.crypto.keys.note import NoteSigner
from adapters.crypto.xml.asic import write_manifest
from adapters.storage.fingerprint_file import FingerprintFile
from adapters.storage.payloads.segment_file import SegmentWriter
from adapters.storage.sql_store import SqlStore
from gateway.archive.archiving import ArchivePolicy, Rhythm, archive
from gateway.archive.consistency import ConsistencyProof
from gateway.archive.segment import Manifest
from gateway.evidence.evidence_file import InclusionProof, Index, IndexedNotice, IndexedRecord, Withheld
from gateway.judiciary.courier import Accepted, Answer, Carrier, Message, Operation
from gateway.mapping.compiler.mistake import MappingMistaken, Mistake
from gateway.merkle.checkpoint import Checkpoint
from gateway.merkle.tiles import Tiles
from gateway.merkle.tree import leaf_hash
from gateway.notice.envelope import Frame
from gateway.notice.notice import sha256
from gateway.notice.profile_version import SpokenProfile
from gateway.operations import recovery
from gateway.operations.effective_configuration import Configuration
from gateway.operations.notice_access import Access, access_record
from gateway.operations.operator_action import BY_KERNEL, OperatorAction
from gateway.people.login_session import Session
from gateway.people.permissions import Role
from gateway.people.person import Person
from gateway.quarantine.quarantine import refused
from gateway.reconciliation.integrity_record import Compared
from gateway.record.damage import CHANGED, NOT_THERE, Damage, DamageReport
from gateway.record.deletion import Deletion
from gateway.record.evidence_record import EvidenceKind, EvidenceRecord, evidence_record
from gateway.record.set_aside import Forgotten, SettingAside
from gateway.retention.purge import record_of
from gateway.runtime.bilingual import Words
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import GatewayError
from gateway.runtime.randomness import drawing_from
from gateway.sending.exchange import answered, carried, sent
from gateway.store.store_fingerprint import Cause, Forgetting
from gateway.store.stored import Changes, Payload
from tests.databases import sqlite_file
from tests.golden import asset_lookups, courtesy_records, law_records, outage_certificates, service_certificates

ORIGIN: Final = "eblagh.city.example/archive"
AT: Final = datetime(2026, 2, 3, 8, 30, 15, 123456, tzinfo=UTC)
LATER: Final = AT + timedelta(seconds=2)
REFERENCE: Final = "EB-" + "A" * 32
SEAL: Final = "<seal>ابلاغ</seal>".encode()
DIGEST: Final = sha256(SEAL)
SALT: Final = "0123456789abcdef" * 4
PROFILE: Final = SpokenProfile(name="eblagh-1", version="2", digest=sha256(b"profile"))
PERSON: Final = OperatorAction(
    name="queue.hold", account="1000 clerk", reason="تا رأی دیوان", at=AT, authentication=BY_KERNEL
)

READER: Final = Session(
    id="00000000000000aa",
    person=Person(
        id="00000000000000bb",
        login="karimi",
        name="زهرا کریمی",
        roles=frozenset({Role.OPERATOR}),
        bodies=frozenset(),
        active=True,
        created_at=AT,
        changed_at=AT,
    ),
    csrf="form-token",
    began_at=AT,
    seen_at=AT,
    ends_at=LATER,
)

ARCHIVED: Final = ("SEALED_NOTICE", "MESSAGE_SENT", "MESSAGE_RECEIVED.believed", "RECEIPT", "PERSON_ACT")
"""Records of the golden segment, in their order."""

Records = Mapping[str, tuple[EvidenceRecord, Payload]]


def note_signer() -> NoteSigner:
    """A key that anybody can make again; it vouches for nothing."""
    return NoteSigner(name=ORIGIN, key=Ed25519PrivateKey.from_private_bytes(b"golden-key-that-vouches-for-none"))


@contextmanager
def fixed_salt() -> Iterator[None]:
    """Let every record have one salt."""
    with drawing_from(lambda octets: bytes.fromhex(SALT)[:octets]):
        yield


def records() -> Records:
    """Return each record that the gateway makes, and its payload, by the golden file's name."""
    with fixed_salt():
        of_us = dict(_of_the_gateway()) | dict(law_records.records()) | dict(service_certificates.records())
        of_us |= dict(outage_certificates.records())
        of_us |= dict(asset_lookups.records())
        of_us |= dict(courtesy_records.records())
        return dict(_messages()) | dict(_of_notices()) | of_us


def _messages() -> Iterator[tuple[str, tuple[EvidenceRecord, Payload]]]:
    pieces = b"<message>", b"</message>"
    message = Message(
        id="urn:uuid:00000000-0000-4000-8000-000000000001",
        operation=Operation.SUBMIT,
        references=(REFERENCE,),
        created_at=AT,
        wire=pieces[0] + SEAL + pieces[1],
        frame=Frame(pieces=pieces, seals=(DIGEST,)),
        profile=PROFILE,
    )
    outcome = {REFERENCE: Accepted(tracking_number="T-1")}
    believed = Answer(
        raw=b"<answer><n>T-1</n></answer>",
        received_at=LATER,
        by_reference=outcome,
        passed=["fresh", "signature"],
        signed_at=AT + timedelta(seconds=1),
    )
    faulty = Answer(raw=b"<fault/>", received_at=LATER, by_reference={}, passed=["fresh"], fault="BUSY")
    forged = Answer(raw=b"<forged/>", received_at=LATER, by_reference={}, refused=GatewayError("verify.unsigned"))
    changes = {"MESSAGE_SENT": sent(message, "city", "court")}
    for name, answer in (("believed", believed), ("fault", faulty), ("refused", forged)):
        changes[f"MESSAGE_RECEIVED.{name}"] = answered(message, answer, [], "city", "court")
    for name, change in changes.items():
        yield name, (change.evidence[0], change.payloads[0])
    raw = b"<page>" + SEAL + b"</page>"
    fetched = Carrier(message=message.id, raw=raw, passed=["fresh"], signed_at=AT, profile=PROFILE)
    yield "MESSAGE_RECEIVED.receipts", carried(fetched, [SEAL], origin="court", destination="city", now=LATER)
    brought = Carrier(message="urn:uuid:theirs", raw=b"<x/>", operation=Operation.BRING_RECEIPTS)
    yield "MESSAGE_RECEIVED.brought", carried(brought, [b"<none/>"], origin="court", destination="city", now=LATER)
    stray = Payload(digest=sha256(b"<stray/>"), octets=b"<stray/>")
    error = GatewayError("receipt.unknown-notice")
    yield (
        "MESSAGE_RECEIVED.stray",
        (refused(stray.octets, error, origin="court", destination="city", now=LATER), stray),
    )


def _of_notices() -> Iterator[tuple[str, tuple[EvidenceRecord, Payload]]]:
    payload = Payload(digest=DIGEST, octets=SEAL)
    mapping = {"mapping": "view", "mapping_version": "3", "mapping_digest": sha256(b"mapping")}
    certificate = {"certificate": sha256(b"certificate")}
    replaced = {"instead_of": f"seal:{REFERENCE}"}
    facts = {"event": "ContentConsignment", "passed": "about this notice; issuer"}
    made = {
        "SEALED_NOTICE": (f"seal:{REFERENCE}", "cases/article-100", "court", mapping | certificate),
        "SEALED_NOTICE.anew": (f"seal:{REFERENCE}:2026", "cases/article-100", "court", mapping | replaced),
        "RECEIPT": ("receipt:R-1", "court", "city", facts),
        "RECEIPT.law": ("receipt:R-1", "court", "city", facts | law_records.RULES.told | law_records.CALENDAR.told),
    }
    for name, (id, origin, destination, context) in made.items():
        kind = EvidenceKind(name.partition(".")[0])
        yield name, (_record(id, kind, REFERENCE, origin, destination, payload.digest, context), payload)


def _of_the_gateway() -> Iterator[tuple[str, tuple[EvidenceRecord, Payload]]]:
    yield "PERSON_ACT", PERSON.record(REFERENCE, origin="city", outcome="held", notice=REFERENCE)
    yield "PERSON_ACT.access", access_record(Access.PAPER, REFERENCE, READER, AT, "city")
    revealed = access_record(Access.IDENTIFIER, REFERENCE, READER, AT, "city", purpose="پاسخ به نامه مخاطب")
    yield "PERSON_ACT.reveal", revealed
    mapping, bundle = Payload(digest=sha256(b"# m\n"), octets=b"# m\n"), Payload(digest=sha256(b"PK"), octets=b"PK")
    about = {"mapping": "view", "mapping_version": "3", "mapping_digest": mapping.digest, "before": "none"}
    id = f"mapping:cases:{mapping.digest}:2026-02-03T08:30:15.123456Z"
    record = _record(id, EvidenceKind.MAPPING_ACTIVATED, None, "cases", "city", mapping.digest, about)
    yield "MAPPING_ACTIVATED", (record, mapping)
    id = f"profile:court:{bundle.digest}:2026-02-03T08:30:15.123456Z"
    about = {"profile": "own", "profile_version": "1", "profile_digest": bundle.digest, "from": timestamp(AT)}
    record = _record(id, EvidenceKind.PROFILE_ACTIVATED, None, "court", "city", bundle.digest, about)
    yield "PROFILE_ACTIVATED", (record, bundle)
    forgetting = Forgetting(cause=Cause.WENT_BACK, epoch="0" * 32, remembered="0" * 32, missing=("sent:urn:uuid:1",))
    yield "RECOVERY_BEGUN", recovery._noticed(forgetting, AT, "city")
    parts = Configuration.of({"judiciary": {"profile": "eblagh-1"}, "seal keys": None})
    table = Payload(digest=parts.digest, octets=parts.octets)
    context = {"before": "none", "changed": "judiciary, seal keys", "version": "0.1.0"}
    id = f"configuration:{'0' * 32}:0:{table.digest}"
    record = _record(id, EvidenceKind.CONFIGURATION_CHANGED, None, "city", "city", table.digest, context)
    yield "CONFIGURATION_CHANGED", (record, table)
    yield "PAYLOAD_DELETED", record_of(Deletion(rule="papers", payload_days=3650, at=AT, digests=[DIGEST]), "city")
    settled = setting_aside()
    aside = Payload(digest=sha256(settled.octets), octets=settled.octets)
    id, context = f"set-aside:{aside.digest}", {"first": "8", "segments": "1"}
    record = _record(id, EvidenceKind.HISTORY_SET_ASIDE, None, "city", "city", aside.digest, context)
    yield "HISTORY_SET_ASIDE", (record, aside)
    report = damage_report()
    yield "PAYLOAD_DAMAGED", (report.record("city"), Payload(digest=sha256(report.octets), octets=report.octets))


def _record(
    id: str, kind: EvidenceKind, notice: str | None, origin: str, to: str, digest: str, context: Mapping[str, str]
) -> EvidenceRecord:
    return evidence_record(
        id=id,
        kind=kind,
        notice=notice,
        origin=origin,
        destination=to,
        event_time=AT,
        recorded_at=LATER,
        payload_digest=digest,
        context=context,
    )


def setting_aside() -> SettingAside:
    return SettingAside(
        account="1000 clerk",
        authentication=BY_KERNEL,
        reason="بازگشت به پشتیبان",
        at=AT,
        first=8,
        checkpoints=[Forgotten(size=12, root=bytes(range(32)))],
        segments=["000000000008-000000000012.zip"],
    )


def damage_report() -> DamageReport:
    damaged = [Damage(digest=DIGEST, found=CHANGED), Damage(digest=sha256(b"gone"), found=NOT_THERE)]
    return DamageReport(at=AT, payloads=damaged)


def leaves(count: int) -> list[bytes]:
    return [leaf_hash(f"record {number}".encode()) for number in range(count)]


def tree(size: int) -> Tiles:
    """A tree of fixed leaves, with all its tiles."""
    made = Tiles(0, lambda _: b"")
    made.append(leaves(size))
    return made


def checkpoint() -> Checkpoint:
    return Checkpoint(origin=ORIGIN, size=260, root=tree(260).root())


def manifest() -> Manifest:
    return Manifest(origin=ORIGIN, first=260, end=300, before=tree(260).frontier())


def index() -> Index:
    gone = IndexedRecord(
        index=5, file=None, withheld=Withheld.DELETED, rule="papers", deleted_at="2026-02-03T08:30:15.123456Z"
    )
    return Index(
        origin=ORIGIN,
        made_at="2026-02-03T08:30:15.123456Z",
        case="۱۴۰۴/۱۰۰",
        size=8,
        notices=(IndexedNotice(reference=REFERENCE, mapping="view@3", mapping_digest=sha256(b"mapping")),),
        records=(
            IndexedRecord(index=3, file=f"notices/{REFERENCE}/notice.xml", withheld=None),
            IndexedRecord(index=4, file=None, withheld=Withheld.OTHERS),
            gone,
        ),
    )


def inclusion_proof() -> InclusionProof:
    return InclusionProof(index=3, size=8, path=(b"\x01" * 32, b"\x02" * 32, b"\x03" * 32))


def consistency_proof() -> ConsistencyProof:
    return ConsistencyProof.make(ORIGIN, 200, 260, tree(260).node)


def request() -> Request:
    return Request(name="queue.hold", reason="تا رأی دیوان", arguments={"references": [REFERENCE], "all": False})


def mistaken() -> MappingMistaken:
    return MappingMistaken(
        "own.toml",
        [Mistake(code="mapping.unknown-key", line=3, key="field[0].form", found=Words("did you mean from?", ""))],
    )


def payload_segment() -> bytes:
    """Return a file of payloads."""
    with TemporaryDirectory() as folder:
        writer = SegmentWriter(Path(folder))
        writer.append(stored_payloads())
        writer.sync()
        writer.close()
        return (Path(folder) / writer.name).read_bytes()


def stored_payloads() -> list[Payload]:
    framed_octets = Frame(pieces=(b"<m>", b"</m>"), seals=(DIGEST,)).dump()
    whole = sha256(b"<m>" + SEAL + b"</m>")
    return [
        Payload(digest=DIGEST, octets=SEAL),
        Payload(digest=whole, octets=framed_octets, framed=True),
        Payload(digest=sha256(b""), octets=b""),
    ]


def memory_file() -> bytes:
    """Return the file outside the store, once two messages were noted."""
    with TemporaryDirectory() as folder:
        file = FingerprintFile(Path(folder) / "gateway.state")
        file.note("0123456789abcdef" * 2, ["sent:urn:uuid:1"])
        file.note("0123456789abcdef" * 2, ["sent:urn:uuid:2", f"receipt:R-{1}"])
        return file.path.read_bytes()


def archive_members() -> dict[str, bytes]:
    """Return the members of the segment that the archive's pass writes of `ARCHIVED`; first its name."""
    with TemporaryDirectory() as folder, sqlite_file(Path(folder)) as url, closing(SqlStore.open(url)) as store:
        for record, payload in (records()[name] for name in ARCHIVED):
            seal = Payload(digest=DIGEST, octets=SEAL)
            store.commit(Changes(evidence=[record], payloads=[seal, payload]))
        rhythm, signer = Rhythm(every=timedelta(), records=1000), note_signer()
        zips = ZipFolder(Path(folder) / "archive", lambda: {"a-name": b"a certificate\n"}, signer.verifier)
        policy = ArchivePolicy(checkpoints=rhythm, segments=rhythm)
        assert not archive(store.log, signer, zips, lambda: LATER, policy).errors
        [path] = (Path(folder) / "archive").iterdir()
        with ZipFile(path) as segment:
            return {path.name: b""} | {name: segment.read(name) for name in segment.namelist()}


def _members() -> bytes:
    reported = {name: octets.decode() for name, octets in archive_members().items()}
    return json.dumps(reported, ensure_ascii=False, indent=1).encode() + b"\n"


def _tiles() -> bytes:
    lines = [f"{level}/{number} {tile.hex()}\n" for (level, number), tile in tree(260).changed.items()]
    return "".join(lines).encode()


def _headers() -> dict[str, Callable[[], bytes]]:
    return {f"evidence/{name}.header.json": lambda name=name: records()[name][0].header for name in records()}


def _payloads() -> dict[str, Callable[[], bytes]]:
    return {f"evidence/{name}.payload": lambda name=name: records()[name][1].octets for name in records()}


OCTETS: Final[Mapping[str, Callable[[], bytes]]] = {
    **_headers(),
    **_payloads(),
    "archive/checkpoint.note": lambda: note_signer().sign(checkpoint().size, checkpoint().root),
    "archive/archive.vkey": lambda: f"{note_signer().verifier.line}\n".encode(),
    "archive/segment.json": lambda: manifest().octets,
    "archive/consistency.txt": lambda: consistency_proof().octets,
    "archive/tiles.txt": _tiles,
    "archive/members.json": _members,
    "evidence-file/evidence.json": lambda: index().octets,
    "evidence-file/proof.json": lambda: inclusion_proof().octets,
    "evidence-file/manifest.xml": lambda: write_manifest({"evidence.json": "application/json", "a.pem": "text/plain"}),
    "certificate/code.txt": lambda: f"{service_certificates.printed(note_signer()).text}\n".encode(),
    "store/payloads.segment": payload_segment,
    "store/gateway.state": memory_file,
    "store/compared.json": lambda: Compared(at=AT, notices=3, differ=2, damaged=1).text().encode(),
    "acts/request": lambda: framed(request().octets),
    "acts/reply": lambda: framed(reply_of({"account": "1000 clerk", "held": 1})),
    "acts/error": lambda: framed(reply_of(GatewayError("act.request", where="queue.hold", detail="یک دلیل"))),
    "acts/mistakes": lambda: framed(reply_of(mistaken())),
}
"""Writers by the name of the golden file of what each writes."""
