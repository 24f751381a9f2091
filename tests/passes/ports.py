"""The ports' other sides in memory: a sealer, a judiciary and a judge of receipts that do what a test tells them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from adapters.judiciary.call_context import CallContext
from adapters.judiciary.mapped.numbered_page import page_of, page_tree
from gateway.judiciary.courier import (
    Accepted,
    Answer,
    CallFailed,
    Carrier,
    Deferred,
    Message,
    NamedNotice,
    NotBelieved,
    NotKnown,
    Operation,
    Outcome,
    Pending,
    RawReceipt,
    ReceiptPage,
    Reply,
    SealSlice,
    Standing,
    TicketStanding,
    Unknown,
)
from gateway.judiciary.paging import BY_CURSOR, Paging
from gateway.merkle.fork import SegmentEnd
from gateway.notice.envelope import Frame, SealedNotice
from gateway.notice.notice import Notice, sha256
from gateway.notice.profile_version import SpokenProfile
from gateway.runtime.circuit_breaker import Failure
from gateway.runtime.errors import GatewayError
from gateway.trust.trust_policy import Facts, Judgement, Rejection, SignerFacts
from tests.manual_clock import ManualClock


@dataclass
class Stamp:
    """A sealer whose seal can be read without a key; it fails for papers that are ``unusable``, or for all."""

    unusable: set[str] = field(default_factory=set)
    broken: bool = False
    edition: str = ""
    """No two seals of a paper are the same; a test that needs it says which one this is."""

    def seal(self, notice: Notice, at: datetime) -> SealedNotice:
        if self.broken:
            raise GatewayError("key.unreadable", where="seal")
        if notice.paper_number in self.unusable:
            raise GatewayError("notice.seal", where=notice.body.code)
        octets = f"<sealed {notice.reference} {notice.paper_number}{self.edition}/>".encode()
        return SealedNotice(reference=notice.reference, octets=octets, sealed_at=at)

    def seal_anew(self, octets: bytes, at: datetime) -> SealedNotice:
        if self.broken:
            raise GatewayError("key.unreadable", where="seal")
        _, reference, paper = octets.decode().removesuffix("/>").split(maxsplit=2)
        if paper in self.unusable:
            raise GatewayError("notice.seal", where="article-100")
        anew = f"<sealed {reference} {paper} anew {at:%Y-%m-%dT%H:%M:%S}/>".encode()
        return SealedNotice(reference=reference, octets=anew, sealed_at=at)


def _same(answer: Answer[Outcome]) -> Answer[Outcome]:
    return answer


def accept(reference: str) -> Outcome:
    return Accepted(tracking_number=f"T-{reference[-6:]}")


@dataclass
class JudiciaryService:
    """A judiciary: ``outcome`` and ``standing`` decide; ``received`` keeps every reference that ever came."""

    clock: ManualClock
    destination: str = "court"
    outcome: Callable[[str], Outcome] = accept
    standing: Callable[[str], Standing] = lambda reference: NotKnown()
    progress: Callable[[str], TicketStanding] = lambda reference: Pending()
    """Answer to a question about a notice's ticket."""
    unaskable: set[str] = field(default_factory=set)
    """References whose tickets fit no question."""
    tickets_asked: list[str] = field(default_factory=list)
    answers: bool = True
    doubtful: bytes | None = None
    """Octets in the place of every answer, if any; nobody can believe them."""
    fault: str | None = None
    """The code of the fault that comes in the place of every result, if one does."""
    words: str = ""
    """The judiciary's words beside that fault."""
    failure: Failure | None = None
    """Meaning of that fault for the endpoint, if any."""
    away: Failure | None = None
    """Failure of every call, without anything having come."""
    ready: bool = True
    calls: int = 0
    received: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    wires: list[bytes] = field(default_factory=list)
    receipts: list[bytes] = field(default_factory=list)
    confirmed: list[str] = field(default_factory=list)
    unsigned: bool = False
    """Receipts have no signature of their own: the answer that carries them is their evidence."""
    passed: Sequence[str] = ("issued by court",)
    """The checks that an answer with receipts passed."""
    polled: list[list[str]] = field(default_factory=list)
    paging: Paging = BY_CURSOR
    fails: dict[str, GatewayError] = field(default_factory=dict)
    """Error that a question about a notice's receipts raises."""
    unreadable: dict[bytes, GatewayError] = field(default_factory=dict)
    """Errors of receipts, by their octets, that the mapping of an answer cannot read."""
    reread: Callable[[RawReceipt], RawReceipt] = lambda receipt: receipt
    """Reading of a receipt by the mapping in force now."""
    profile: SpokenProfile | None = None
    """The profile by which messages to it are made."""
    during_submit: Callable[[], None] = lambda: None
    _count: int = 0

    def assert_ready(self, now: datetime) -> None:
        if not self.ready:
            raise GatewayError("certificate.expired", where="transport")

    def prepare_submission(self, seals: Sequence[SealSlice], now: datetime) -> Message:
        pieces = (b"<m>", *[b"|"] * (len(seals) - 1), b"</m>")
        frame = Frame(pieces=pieces, seals=tuple(seal.digest for seal in seals))
        wire = frame.fill({seal.digest: seal.octets for seal in seals}.__getitem__)
        return self._message(Operation.SUBMIT, [seal.reference for seal in seals], now, wire, frame)

    def prepare_inquiry(self, references: Sequence[str], now: datetime) -> Message:
        wire = b"<ask>" + " ".join(references).encode() + b"</ask>"
        return self._message(Operation.INQUIRE_STATUS, references, now, wire, Frame(pieces=(wire,), seals=()))

    def prepare_ticket_question(self, reference: str, ticket: str, now: datetime) -> Message:
        if reference in self.unaskable:
            raise GatewayError("mapped.message", where="Ticket")
        wire = f"<ticket>{ticket}</ticket>".encode()
        return self._message(Operation.INQUIRE_TICKET, [reference], now, wire, Frame(pieces=(wire,), seals=()))

    def ask_ticket(self, message: Message) -> Answer[TicketStanding]:
        if self.away is None:
            self.tickets_asked.append(message.wire.decode().removeprefix("<ticket>").removesuffix("</ticket>"))
        return self._answer(message, self.progress, Unknown(code="courier.no-answer"))

    def submit(self, message: Message) -> Answer[Outcome]:
        self.during_submit()
        if self.away is not None and self.away.code == "courier.not-connected":
            self.calls += 1
            return self._silence(message, Deferred(code=self.away.code), self.away)
        self.received += message.references
        self.wires.append(message.wire)
        return self._answer(message, self.outcome, Unknown(code="courier.no-answer"))

    def transmit(self, message: Message) -> Reply:
        answer = self.submit(message)
        return Reply(is_usual=answer.failure is None, judge=partial(_same, answer))

    def inquire(self, message: Message) -> Answer[Standing]:
        if self.away is None:
            self.asked += message.references
        return self._answer(message, self.standing, Unknown(code="courier.no-answer"))

    def fetch_receipts(self, cursor: str, limit: int) -> ReceiptPage:
        self._doubt("FetchReceipts")
        call = CallContext(id="urn:uuid:a-page", now=self.clock(), cursor=cursor, limit=limit)
        asked = page_tree(self.paging, call)
        start = (asked["page"]["number"] - 1) * limit if "page" in asked else int(cursor or 0)
        page = self.receipts[start : start + limit]
        self._count += 1
        raw = b"<tray>" + b"".join(b"<r>" + receipt + b"</r>" for receipt in page) + b"</tray>"
        receipts = [self._raw(r) for r in page]
        if "page" in asked:
            found = page_of(self.paging, call, receipts, page, more=None, pages=None)
        else:
            more = start + len(page) < len(self.receipts)
            found = ReceiptPage(receipts=receipts, cursor=str(start + len(page)), more=more)
        carrier = Carrier(message=f"m{self._count}", raw=raw, passed=self.passed, signed_at=self.clock())
        return replace(found, carrier=carrier)

    def poll_receipts(self, notices: Sequence[NamedNotice]) -> ReceiptPage:
        """All receipts about these, each time; the numbers that were named are kept."""
        self.polled.append([notice.reference for notice in notices])
        if failure := next((self.fails[n.reference] for n in notices if n.reference in self.fails), None):
            raise failure
        self._doubt("FetchReceipts")
        page = [r for r in self.receipts if any(notice.reference.encode() in r for notice in notices)]
        self._count += 1
        raw = b"<tray>" + b"".join(b"<r>" + receipt + b"</r>" for receipt in page) + b"</tray>"
        return ReceiptPage(
            receipts=[self._raw(r) for r in page],
            cursor="",
            more=False,
            carrier=Carrier(message=f"m{self._count}", raw=raw, passed=self.passed, signed_at=self.clock()),
        )

    def _raw(self, octets: bytes) -> RawReceipt:
        unread = self.unreadable.get(octets)
        return RawReceipt(octets=octets, unsigned=self.unsigned or unread is not None, unread=unread)

    def read_again(self, receipt: RawReceipt) -> RawReceipt:
        return self.reread(receipt)

    def confirm_receipts(self, receipt_ids: Sequence[str]) -> None:
        self._doubt("ConfirmReceipts")
        self.confirmed += receipt_ids

    def has_account(self, kind: str, identifier: str) -> bool:
        return True

    def issue(
        self,
        event: str,
        reference: str,
        seal_digest: str | None,
        at: datetime,
        *,
        tracking: str | None = None,
        ahead: bool = False,
    ) -> None:
        """Put a receipt into the tray, as ``key=value`` pairs that `Reader` believes; None: it names no seal. It is
        issued once it is ``at``, unless the judiciary's clock is ``ahead``."""
        if not ahead and at.tzinfo is not None:
            self.clock.now = max(self.clock.now, at)
        number = len(self.receipts) + 1
        tracking = tracking or f"T-{reference[-6:]}"
        claims = f"ReceiptId=R{number} Reference={reference} TrackingNumber={tracking}"
        claims += "" if seal_digest is None else f" SealDigest={seal_digest}"
        self.receipts.append(f"{claims} Event={event} EventTime={at.isoformat()}".encode())

    def _message(
        self, operation: Operation, references: Sequence[str], now: datetime, wire: bytes, frame: Frame
    ) -> Message:
        self._count += 1
        return Message(
            id=f"m{self._count}",
            operation=operation,
            references=tuple(references),
            created_at=now,
            wire=wire,
            frame=frame,
            profile=self.profile,
        )

    def _answer(self, message: Message, decide: Callable[[str], object], silence: Unknown) -> Answer:  # type: ignore[type-arg]
        try:
            self._doubt(message.operation)
        except NotBelieved as refusal:
            unknown = dict.fromkeys(message.references, Unknown(code=refusal.code))
            return Answer(
                raw=refusal.octets,
                received_at=self.clock(),
                by_reference=unknown,
                refused=refusal,
                failure=refusal.failure,
            )
        except CallFailed as failed:
            return self._silence(message, Unknown(code=failed.code), failed.failure)
        if not self.answers:
            return self._silence(message, silence, Failure(code="courier.no-answer"))
        if self.fault is not None:
            decide = dict.fromkeys(message.references, Unknown(code=self.fault)).__getitem__
        results = {reference: decide(reference) for reference in message.references}
        numbers = " ".join(each.tracking_number for each in results.values() if isinstance(each, Accepted))
        raw = (f"<answer to={message.id}>{numbers}</answer>" if numbers else f"<answer to={message.id}/>").encode()
        return Answer(
            raw=raw,
            received_at=self.clock(),
            by_reference=results,
            passed=["issued by court"],
            fault=self.fault,
            words=self.words,
            failure=self.failure,
        )

    def _silence(self, message: Message, outcome: object, failure: Failure) -> Answer:  # type: ignore[type-arg]
        reported = dict.fromkeys(message.references, outcome)
        return Answer(raw=None, received_at=self.clock(), by_reference=reported, failure=failure)

    def _doubt(self, operation: str) -> None:
        self.calls += 1
        if self.away is not None:
            raise CallFailed(self.away.code, where=operation, retry_after=self.away.retry_after)
        if self.doubtful is not None:
            raise NotBelieved(Rejection("verify.signature"), operation, self.doubtful)


@dataclass
class Reader:
    """A judge of receipts that believes all but those that say ``forged``, or what it was told to refuse."""

    refuses: dict[bytes, str] = field(default_factory=lambda: {b"forged": "verify.signature"})

    def judge(self, receipt: RawReceipt, now: datetime) -> Judgement:
        for words, code in self.refuses.items():
            if words in receipt.octets:
                raise Rejection(code)
        claims = dict(pair.split("=", 1) for pair in receipt.octets.decode().split())
        signer = SignerFacts(thumbprint=sha256(b""), subject="court", not_before=now, not_after=now)
        facts = Facts(
            covered={"Receipt": receipt.octets},
            claims=claims,
            signer=signer,
            signed_at=now,
            expires_at=None,
            replay_key="",
        )
        return Judgement(facts=facts, passed=["issued by court"])

    def read(self, octets: bytes) -> Mapping[str, str]:
        return dict(pair.split("=", 1) for pair in octets.decode().split())


@dataclass
class EarlierReader(Reader):
    """Reads by a profile that is in force no longer."""

    digest: str = ""

    def judge(self, receipt: RawReceipt, now: datetime) -> Judgement:
        profile = SpokenProfile(name="sana", version="1", digest=self.digest)
        return replace(super().judge(receipt, now), profile=profile, is_earlier=True)


class NoFolder:
    """An archive without a segment."""

    def ends(self) -> list[SegmentEnd]:
        return []

    def set_aside(self, files: Sequence[str], at: datetime) -> None:
        assert not files
