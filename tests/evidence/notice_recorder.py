"""Record four notices, of whose story everything is real: seals, messages, answers, receipts, archive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from lxml import etree

from adapters.crypto.keys.certificate import load_certificates
from adapters.crypto.message.jws import Claims, sign_jws
from adapters.crypto.message.soap_signing import Addressing, sign_message
from adapters.crypto.xml.document import sign_document
from adapters.crypto.xml.sealed_fields import sealed_attachments, sealed_paper
from adapters.evidence.asice import AsiceWriter, ListsFor, no_lists
from adapters.evidence.pages import pages
from adapters.sandbox.judiciary.issued_receipts import IssuedReceipt, issue
from adapters.sandbox.judiciary.ledger_transaction import DueEvent
from gateway.evidence.evidence_export import Beside, Exported, export, of_case, of_notice
from gateway.judiciary.courier import Carrier, SealSlice
from gateway.notice.delivery_state import DeliveryEvent
from gateway.notice.notice import sha256
from gateway.notice.outbox import OutboxEntry, advance
from gateway.notice.profile_version import SpokenProfile
from gateway.operations.operator_action import OperatorAction
from gateway.record.evidence_record import EvidenceKind, EvidenceRecord, evidence_record
from gateway.record.version_subject import Subject
from gateway.sending.exchange import carried
from gateway.store.stored import Changes, Payload, StoredReceipt
from gateway.versions.bundle import bundled
from tests.archive.recorder import AT_ONCE, Authority, Recorder, plain, reference
from tests.conformance.builders import admission, entry
from tests.unit.crypto.samples import ACTION, LIFETIME, TO, attach, inquiry, json_submission, notice, submission

CASE, OTHER_CASE = "1404-100-1", "1404-100-2"
CASE_OF = {1: CASE, 2: CASE, 3: OTHER_CASE, 4: OTHER_CASE}
ACCOUNT, REASON = "clerk-of-the-town", "به درخواست مدیر منطقه"
MAPPING = b"# how a row becomes a notice\n"
PROFILE = bundled({"profile.toml": b"format = 1\n", "service.wsdl": b"<wsdl/>"})
SPOKEN = SpokenProfile(name="sana", version="2", digest=sha256(PROFILE))

RULES, CALENDAR = bundled({"article-100.toml": b"# rules\n"}), bundled({"1404.toml": b"year = 1404\n"})
LAW = Subject.RULES.told("rules", "2", sha256(RULES)) | Subject.CALENDAR.told("calendar", "3", sha256(CALENDAR))
"""Law that the receipts that are heard name; no version of it is in the store at first."""


def paper(number: int) -> bytes:
    return b"%%PDF-1.7 of number %d %%%%EOF" % number


def subject(number: int) -> str:
    return f"رأی شماره {number}۰۰۷"


@dataclass
class NoticeRecorder(Recorder):
    """``entries`` are the presents of its notices by number."""

    entries: dict[int, OutboxEntry] = field(default_factory=dict)

    def admit(self, number: int, attached: Sequence[tuple[str, bytes]] = ()) -> SealSlice:
        """``attached`` are media types and octets."""
        name = reference(number)
        unsigned = attach(notice(name, paper(number), subject(number)), attached)
        octets = sign_document(unsigned, self.signer("seal-article-100"), self.now)
        sealed = plain(octets)
        present = entry(
            number, reference=name, seal_digest=sealed.digest, size=len(octets), admitted_at=self.now,
            state_since=self.now, waiting_since=self.now, due_at=self.now,
        )  # fmt: skip
        admitted = admission(present, case_number=CASE_OF[number], mapping="case-view-1")
        mapping = {"mapping": "case-view-1", "mapping_digest": sha256(MAPPING)}
        record = self.header(f"seal:{name}", EvidenceKind.SEALED_NOTICE, sealed.digest, name, **mapping)
        self.keep(Changes(admissions=[admitted], evidence=[record], payloads=[sealed]))
        self.entries[number] = present
        return SealSlice(reference=name, octets=octets, digest=sealed.digest)

    def activate(self) -> None:
        """Let the mapping that makes notices of rows be in force, and the profile by which messages are made."""
        mapping, profile = plain(MAPPING), plain(PROFILE)
        records = [
            self.header("mapping:case-view-1", EvidenceKind.MAPPING_ACTIVATED, mapping.digest, None),
            self.header("profile:sana", EvidenceKind.PROFILE_ACTIVATED, profile.digest, None, **SPOKEN.told),
        ]
        self.keep(Changes(evidence=records, payloads=[mapping, profile]))

    def send(self, seals: Sequence[SealSlice], id: str) -> None:
        """Let notices be sent in one message, and accepted by its answer."""
        references = [seal.reference for seal in seals]
        numbers = [number for number in self.entries if reference(number) in references]
        for number in numbers:
            self.step(number, DeliveryEvent.CLAIM, None)
        addressing = Addressing(to=TO, action=ACTION, message_id=id)
        sent = sign_message(submission(references), addressing, self.signer("transport"), self.now, LIFETIME, seals)
        framed = Payload(digest=sha256(sent.wire), octets=sent.frame.dump(), framed=True)
        context = {"message": id, "operation": "SubmitNotices", **SPOKEN.told}
        record = self.header(f"sent:{id}", EvidenceKind.MESSAGE_SENT, framed.digest, None, **context)
        self.keep(Changes(evidence=[record], payloads=[framed], message_notices={record.id: references}))
        answering = Addressing(to=TO, action=f"{ACTION}Response", message_id=f"{id}-a", relates_to=id)
        # The body of an answer is the contract's; who is spoken of in it is what matters here.
        body = submission(references, order=[0] * len(references)) if len(references) > 1 else inquiry()
        if len(references) == 1:
            body[0][0].text = references[0]
        answer = plain(
            sign_message(_without_slots(body), answering, self.judiciary_signer("transport"), self.now, LIFETIME).wire
        )
        context["passed"] = "fresh"
        record = self.header(f"answer:{id}", EvidenceKind.MESSAGE_RECEIVED, answer.digest, None, **context)
        self.keep(Changes(evidence=[record], payloads=[answer], message_notices={record.id: references}))
        for number in numbers:
            self.step(number, DeliveryEvent.SUBMISSION_ACCEPTANCE, record.id, tracking_number=f"T{number}")

    def send_json(self, seals: Sequence[SealSlice], id: str, *, spoken_of: Sequence[str] = ()) -> None:
        """As `send`, over the contract in JSON. Its answer may have been ``spoken_of`` others beside."""
        references = [seal.reference for seal in seals]
        numbers = [number for number in self.entries if reference(number) in references]
        for number in numbers:
            self.step(number, DeliveryEvent.CLAIM, None)
        asked, claims = json_submission(seals), Claims(operation="SubmitNotices", message_id=id, audience=TO)
        sent = plain(sign_jws(asked, claims, self.signer("transport"), self.now, LIFETIME))
        context = {"message": id, "operation": "SubmitNotices", **SPOKEN.told}
        record = self.header(f"sent:{id}", EvidenceKind.MESSAGE_SENT, sent.digest, None, **context)
        self.keep(Changes(evidence=[record], payloads=[sent], message_notices={record.id: references}))
        results = [{"reference": each, "status": "ACCEPTED"} for each in (*references, *spoken_of)]
        claims = Claims(operation="SubmitNoticesResponse", message_id=f"{id}-a", relates_to=id)
        answer = plain(sign_jws({"results": results}, claims, self.judiciary_signer("transport"), self.now, LIFETIME))
        context["passed"] = "fresh"
        record = self.header(f"answer:{id}", EvidenceKind.MESSAGE_RECEIVED, answer.digest, None, **context)
        self.keep(Changes(evidence=[record], payloads=[answer], message_notices={record.id: references}))
        for number in numbers:
            self.step(number, DeliveryEvent.SUBMISSION_ACCEPTANCE, record.id, tracking_number=f"T{number}")

    def receipt(self, number: int, event: DeliveryEvent, happened: datetime) -> IssuedReceipt:
        due = DueEvent(
            reference=reference(number),
            tracking=f"T{number}",
            seal_digest=self.entries[number].seal_digest,
            event=event,
            happened_at=happened,
        )
        return issue(due, self.judiciary_signer("receipts"), self.now)

    def fetch(self, numbers: Sequence[int], id: str) -> EvidenceRecord:
        """Let one answer bring receipts of several notices; the record of that answer is returned."""
        receipts = [self.receipt(number, DeliveryEvent.CONTENT_HANDOVER, self.now) for number in numbers]
        body = etree.Element("FetchReceiptsResponse")
        for number in range(len(numbers)):
            etree.SubElement(etree.SubElement(body, "item"), "slot", n=str(number))
        slices = [SealSlice(reference=r.receipt_id, octets=r.octets, digest=sha256(r.octets)) for r in receipts]
        answering = Addressing(to=TO, action=f"{ACTION}Response", message_id=f"{id}-a", relates_to=id)
        raw = sign_message(body, answering, self.judiciary_signer("transport"), self.now, LIFETIME, slices).wire
        carrier = Carrier(message=id, raw=raw, passed=["fresh"], signed_at=self.now)
        octets = [each.octets for each in receipts]
        record, payload = carried(carrier, octets, origin="court", destination="town", now=self.now)
        assert payload.framed, "the receipts are its pieces"
        references = [reference(number) for number in numbers]
        pieces = [plain(each) for each in octets]
        self.keep(Changes(evidence=[record], payloads=[*pieces, payload], message_notices={record.id: references}))
        return record

    def hear(self, number: int, event: DeliveryEvent) -> None:
        """Let a receipt come, and be applied."""
        name, happened = reference(number), self.now - timedelta(seconds=1)
        receipt = self.receipt(number, event, happened)
        payload = plain(receipt.octets)
        record = evidence_record(
            id=f"receipt:{receipt.receipt_id}",
            kind=EvidenceKind.RECEIPT,
            notice=name,
            origin="court",
            destination="town",
            event_time=happened,
            recorded_at=self.now,
            payload_digest=payload.digest,
            context={"event": event.value, "passed": "about this notice", **LAW},
        )
        stored = StoredReceipt(
            receipt_id=receipt.receipt_id,
            reference=name,
            tracking_number=f"T{number}",
            event=event,
            event_time=happened,
            received_at=self.now,
            payload_digest=payload.digest,
            evidence_id=record.id,
        )
        self.keep(Changes(evidence=[record], payloads=[payload], receipts=[stored], applied=[stored.receipt_id]))
        time = "delivered_at" if event is DeliveryEvent.CONTENT_CONSIGNMENT else "viewed_at"
        self.step(number, event, record.id, occurred_at=happened, **{time: happened})

    def refuse(self, id: str, octets: bytes, number: int) -> None:
        """Let something come that is not believed."""
        context = {"message": id, "operation": "SubmitNotices", "refused": "verify.unsigned"}
        payload = plain(octets)
        record = self.header(f"answer:{id}", EvidenceKind.MESSAGE_RECEIVED, payload.digest, None, **context)
        self.keep(Changes(evidence=[record], payloads=[payload], message_notices={record.id: [reference(number)]}))

    def act(self, number: int) -> None:
        name = reference(number)
        record, payload = OperatorAction(name="hold", account=ACCOUNT, reason=REASON, at=self.now).record(
            name, origin="town", outcome="held", notice=name
        )
        self.keep(Changes(evidence=[record], payloads=[payload]))

    def step(self, number: int, event: DeliveryEvent, proof: str | None, **facts: object) -> None:
        step = advance(self.entries[number], event, now=self.now, evidence_id=proof, **facts)  # type: ignore[arg-type]
        self.keep(Changes(steps=[step]))
        self.entries[number] = step.after

    def header(self, id: str, kind: EvidenceKind, digest: str, about: str | None, **context: str) -> EvidenceRecord:
        return evidence_record(
            id=id,
            kind=kind,
            notice=about,
            origin="town",
            destination="court",
            event_time=self.now,
            recorded_at=self.now,
            payload_digest=digest,
            context=context,
        )

    def keep(self, changes: Changes) -> None:
        assert not self.store.commit(changes)
        self.now += timedelta(seconds=1)

    def live(self) -> None:
        """The whole story: three notices in one message, a fourth in a message of its own."""
        self.activate()
        self.send([self.admit(number) for number in (1, 2, 3)], "urn:uuid:0000-many")
        self.send([self.admit(4)], "urn:uuid:0000-one")
        for number in (1, 2, 3, 4):
            self.hear(number, DeliveryEvent.CONTENT_CONSIGNMENT)
        self.hear(1, DeliveryEvent.CONTENT_HANDOVER)
        self.act(1)
        self.refuse("urn:uuid:0000-forged", b"<forged>of a stranger</forged>", 1)
        self.archive(AT_ONCE)

    def export(
        self,
        path: Path,
        number: int | None = None,
        *,
        case: str | None = None,
        body: str | None = None,
        lists: Sequence[bytes] = (),
        lists_for: ListsFor = no_lists,
        signer: str = "archive-signing",
    ) -> Exported:
        beside = Beside(certificates=self.certificates(), lists=lists)
        found = (
            of_notice(self.store.notices, reference(number))
            if number
            else of_case(self.store.notices, case or "", body)
        )
        return export(
            self.store,
            self.store.log,
            found,
            case=case,
            now=self.now,
            beside=beside,
            pages=pages,
            paper=sealed_paper,
            attachments=sealed_attachments,
            writer=self.writer(path, signer, lists_for),
        )

    def writer(self, path: Path, signer: str = "archive-signing", lists_for: ListsFor = no_lists) -> AsiceWriter:
        chain = load_certificates(self.pki / "municipality" / f"{signer}.crt.pem")
        return AsiceWriter(
            path=path,
            signer=self.signer(signer),
            chain=[each.der for each in chain],
            authority=Authority(self.pki, self.clock),
            lists_for=lists_for,
        )


def _without_slots(body):  # type: ignore[no-untyped-def]
    for slot in list(body.iter("slot")):
        slot.getparent().remove(slot)
    return body
