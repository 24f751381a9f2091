"""The simulated judiciary as the couriers' conformance suite asks for it: one fault at a time, on demand."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

from adapters.http.client import HttpAnswer
from adapters.judiciary.answer_judge import SignedAnswers
from adapters.judiciary.channel import MAX_ANSWER_BYTES, Channel
from adapters.judiciary.message_courier import MessageCourier
from adapters.judiciary.transmission import CourierSettings
from adapters.sandbox.judiciary.faults import Fault
from gateway.judiciary.courier import CallFailed, SealSlice
from gateway.judiciary.outcome_codes import USUAL_CODES
from gateway.notice.notice import sha256
from gateway.runtime.clock import Clock, steady_clock
from gateway.runtime.timekeeping import Timekeeper
from tests.manual_clock import ManualClock

from .documents import SimulatedReceiptJudge
from .service import DAY, Fate, Judiciary
from .signed import JUDICIARY, SEAL, STRANGER, opened, signed, thumbprint, written
from .wire import Post, SimulatedContract, SimulatedWire

MINUTE = timedelta(minutes=1)

_PAGES = {Fault.HTTP_429: 429, Fault.HTTP_502: 502, Fault.HTTP_503: 503}


@dataclass
class Planned:
    """The fault of the next call."""

    next: Fault | None = None


@dataclass
class OnDemandJudiciary:
    """Parts that a test needs: the clock, the fault of the next call, sealed notices, and the ledger."""

    clock: ManualClock = field(default_factory=ManualClock)
    plan: Planned = field(default_factory=Planned)
    pki: Path = field(default_factory=Path)
    port: int = 0
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _later: list[tuple[float, Callable[[], None]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._began = self.clock()
        self.service = Judiciary(0, False, self.clock, self._elapsed, self._postpone, lambda _: "", _fate)

    def courier(self, post: Post | None = None) -> MessageCourier[Any]:
        """Return a courier for this judiciary, or for whoever answers in its place."""
        return courier_over(post or self.post, self.clock)

    def sealed(self, *identifiers: str, content: bytes = b"%PDF-1.4 a paper") -> list[SealSlice]:
        """Return a sealed notice for each recipient, all of them new."""
        return [self._seal(identifier, content) for identifier in identifiers]

    def submissions(self, reference: str) -> int:
        """Count the submissions of a reference."""
        return len(self.service.ledger.acted.get(reference, ()))

    def receipt_judge(self, _kind: object) -> SimulatedReceiptJudge:
        return SimulatedReceiptJudge(MINUTE)

    def post(self, octets: bytes) -> HttpAnswer:
        """Serve a request, or meet the fault of this call."""
        self._happen()
        fault, self.plan.next = self.plan.next, None
        if fault is Fault.RESET_BEFORE:
            raise CallFailed("courier.no-answer", where="judiciary")
        if fault in _PAGES:
            wait = None if fault is Fault.HTTP_502 else "2"
            return _answer(_PAGES[fault], b"<html>a page of something in between</html>", wait)
        answer = self.service.serve(octets, busy=fault is Fault.BUSY)
        match fault:
            case Fault.RESET_AFTER | Fault.ANSWER_LOST | Fault.TRUNCATED:
                raise CallFailed("courier.no-answer", where="judiciary")
            case Fault.UNSIGNED_FAULT | Fault.NO_SIGNATURE:
                answer = answer.split(b" ", 2)[2]
            case Fault.WRONG_SIGNATURE:
                _, told, _ = opened(answer)
                answer = signed(STRANGER, told).replace(STRANGER.encode(), JUDICIARY.encode(), 1)
            case Fault.MALFORMED:
                answer = answer[: len(answer) // 2]
            case Fault.RESULT_MISSING | Fault.RESULTS_REORDERED:
                _, told, _ = opened(answer)
                results = told["results"][1:] if fault is Fault.RESULT_MISSING else told["results"][::-1]
                answer = signed(JUDICIARY, {**told, "results": results})
            case _:
                pass
        return _answer(200, answer)

    def _seal(self, identifier: str, content: bytes) -> SealSlice:
        number = next(self._numbers)
        reference = f"EB-{number:032d}"
        told = {
            "Reference": reference,
            "Recipient": identifier,
            "Name": "شخص ساختگی",
            "Content": b64encode(content).decode(),
            "at": written(self.clock()),
        }
        octets = signed(SEAL, told)
        return SealSlice(reference=reference, octets=octets, digest=sha256(octets))

    def _elapsed(self) -> float:
        return (self.clock() - self._began).total_seconds()

    def _postpone(self, seconds: float, run: Callable[[], None]) -> None:
        self._later.append((self._elapsed() + seconds, run))

    def _happen(self) -> None:
        now = self._elapsed()
        due, self._later = [e for e in self._later if e[0] <= now], [e for e in self._later if e[0] > now]
        for _, run in sorted(due, key=lambda each: each[0]):
            run()


def courier_over(post: Post, clock: Clock) -> MessageCourier[Any]:
    """Return the product's courier over the simulated wire."""
    wire, timekeeper = SimulatedWire(post, 5 * MINUTE), Timekeeper(clock, steady_clock, MINUTE)
    judge = SignedAnswers(
        wire=wire, issuers=frozenset({thumbprint(JUDICIARY)}), skew=MINUTE, clock=clock, timekeeper=timekeeper
    )
    about = CourierSettings(destination="judiciary", endpoint="judiciary")
    return MessageCourier(about, wire, SimulatedContract(USUAL_CODES), judge, clock=clock, timekeeper=timekeeper)


def make_courier(_pki: Path, channel: Channel, _endpoint: str, clock: Clock) -> MessageCourier[Any]:
    """Return a courier over a real channel, for an address at which nobody listens."""
    return courier_over(lambda octets: channel.send(octets, {}), clock)


def cut(answer: Callable[[], tuple[int, bytes]]) -> Post:
    """Return the answers of a stranger, of which a client reads so much and no more."""

    def post(_octets: bytes) -> HttpAnswer:
        status, body = answer()
        return _answer(status, body[: MAX_ANSWER_BYTES + 1])

    return post


def _answer(status: int, body: bytes, wait: str | None = None) -> HttpAnswer:
    return HttpAnswer(status=status, media_type="text/plain", body=body, retry_after=wait)


def _fate(_reference: str, fields: Mapping[str, str]) -> Fate:
    """Decide by the recipient, as the sandbox does."""
    if fields["Recipient"].startswith("9998"):
        return Fate("NO_ACCOUNT", 0, (), None)
    if fields["Recipient"].startswith("99991"):
        return Fate("REJECTED", 0, (), None)
    return Fate("ACCEPTED", 0, (("ContentConsignment", DAY), ("ContentHandover", 2 * DAY)), None)
