"""Faults of a call to the sandbox on demand, and the plan of them. `docs/start/sandbox.md` shows the table.

A plan is repeatable: the fault of an operation's n-th call follows from the seed, whatever else happens meanwhile.
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Final


class Fault(StrEnum):
    """Fault of one call. Up to `BUSY` the request was not processed; from `DELIVERED_TWICE` on it was."""

    AWAY = "away"
    RESET_BEFORE = "reset-before"
    PROCESSED_LATE = "processed-late"
    HTTP_429 = "http-429"
    HTTP_500 = "http-500"
    HTTP_503 = "http-503"
    BUSY = "busy"
    DELIVERED_TWICE = "delivered-twice"
    RESET_AFTER = "reset-after"
    ANSWER_LOST = "answer-lost"
    ANSWER_LATE = "answer-late"
    HTTP_502 = "http-502"
    TRUNCATED = "truncated"
    MALFORMED = "malformed"
    WRONG_SIGNATURE = "wrong-signature"
    NO_SIGNATURE = "no-signature"
    UNSIGNED_FAULT = "unsigned-fault"
    DRIP = "drip"
    RESULT_MISSING = "result-missing"
    RESULTS_REORDERED = "results-reordered"
    RECEIPT_REPEATED = "receipt-repeated"
    RECEIPTS_REORDERED = "receipts-reordered"
    RECEIPTS_LATE = "receipts-late"
    RECEIPT_CONTRADICTS = "receipt-contradicts"
    RECEIPT_OF_NOBODY = "receipt-of-nobody"
    RECEIPT_OF_OTHER_SEAL = "receipt-of-other-seal"


MEANING: Final[Mapping[Fault, str]] = {
    Fault.AWAY: "the connection is reset, and for a while new ones are refused; not processed",
    Fault.RESET_BEFORE: "the connection is reset before the request is processed",
    Fault.PROCESSED_LATE: "the connection is reset, and the request is processed some time later",
    Fault.HTTP_429: "429 with Retry-After and an HTML page; not processed",
    Fault.HTTP_500: "500 with an HTML page; not processed",
    Fault.HTTP_503: "503 with Retry-After and an HTML page, as in maintenance; not processed",
    Fault.BUSY: "a signed fault with the code busy; not processed",
    Fault.DELIVERED_TWICE: "a hop delivers it twice: the first is processed, the second is answered with a signed busy",
    Fault.RESET_AFTER: "processed, then the connection is reset",
    Fault.ANSWER_LOST: "processed, then the connection is closed without an answer",
    Fault.ANSWER_LATE: "processed; the answer comes after the other side's time-out",
    Fault.HTTP_502: "processed; in the answer's place 502 with an HTML page",
    Fault.TRUNCATED: "processed; the connection is closed in the middle of the answer",
    Fault.MALFORMED: "processed; the answer is no well-formed XML, or no JWS",
    Fault.WRONG_SIGNATURE: "processed; the answer's signature is wrong",
    Fault.NO_SIGNATURE: "processed; the answer has no signature",
    Fault.UNSIGNED_FAULT: "processed; in the answer's place a fault without a signature",
    Fault.DRIP: "processed; the answer comes drop by drop, longer than the other side's time-out",
    Fault.RESULT_MISSING: "processed; a signed answer without the result of some notices",
    Fault.RESULTS_REORDERED: "processed; a signed answer with its results in another order",
    Fault.RECEIPT_REPEATED: "a receipt comes twice, the second time as if it were a new one",
    Fault.RECEIPTS_REORDERED: "receipts come in another order",
    Fault.RECEIPTS_LATE: "no receipt comes, as if none were due; they come with a later call",
    Fault.RECEIPT_CONTRADICTS: "a second signed receipt tells another time of the same event",
    Fault.RECEIPT_OF_NOBODY: "a signed receipt for a notice that never came",
    Fault.RECEIPT_OF_OTHER_SEAL: "a signed receipt with a seal digest that is not the notice's",
}
"""Effects of each fault, for people."""

PUSH_RECEIPTS: Final = "PushReceipts"
"""Operation that the sandbox itself calls, with receipts for a callback.

A fault of the connection means that no call is made.
"""

_RESULTS = frozenset({"SubmitNotices", "InquireStatus"})
_ONLY: Final[Mapping[Fault, frozenset[str]]] = {
    Fault.RESULT_MISSING: _RESULTS,
    Fault.RESULTS_REORDERED: _RESULTS,
} | {fault: frozenset({"FetchReceipts", PUSH_RECEIPTS}) for fault in Fault if fault.value.startswith("receipt")}
"""Faults that only some operations have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Window in which every call meets ``fault``: from ``after`` the start on, for ``period``."""

    after: timedelta
    period: timedelta
    fault: Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultConfig:
    """Plan of faults.

    ``rate`` of all calls meet one of ``kinds`` (empty: any that the operation can have). ``script`` names the fault of
    single calls, by operation and its ordinal from 1. It goes before the rate, and ``windows`` before both.

    ``late`` is the delay after which a late request is processed. ``hold`` is the time that a late or dripping answer
    takes. ``away`` is the time for which connections are refused. ``retry_after`` is the period in 429 and 503.
    ``clock_offset`` is the error of the sandbox's clock.
    """

    seed: int = 0
    rate: float = 0.0
    kinds: frozenset[Fault] = frozenset()
    script: Mapping[tuple[str, int], Fault] = field(default_factory=dict)
    windows: Sequence[Window] = ()
    late: timedelta = timedelta(seconds=3)
    hold: timedelta = timedelta(seconds=15)
    away: timedelta = timedelta(seconds=1)
    retry_after: timedelta = timedelta(seconds=2)
    clock_offset: timedelta = timedelta()


class FaultPlan:
    """Dealer of faults to calls, from any thread. ``dealt`` counts them by kind, ``calls`` the calls by operation."""

    def __init__(self, config: FaultConfig) -> None:
        self.config = config
        self.calls: Counter[str] = Counter()
        self.dealt: Counter[Fault] = Counter()
        self._lock = threading.Lock()

    def deal(self, operation: str, since_start: timedelta) -> Fault | None:
        """Return the fault of the next call of ``operation``, or None."""
        with self._lock:
            self.calls[operation] += 1
            fault = self._of(operation, self.calls[operation], since_start)
            if fault is not None:
                self.dealt[fault] += 1
            return fault

    @staticmethod
    def can_happen(fault: Fault, operation: str) -> bool:
        """Return True if a call of that operation can have this fault."""
        if operation == PUSH_RECEIPTS:
            return operation in _ONLY.get(fault, frozenset())
        return operation in _ONLY.get(fault, frozenset({operation}))

    def _of(self, operation: str, ordinal: int, since_start: timedelta) -> Fault | None:
        config = self.config
        for window in config.windows:
            if window.after <= since_start < window.after + window.period:
                return window.fault
        if (scripted := config.script.get((operation, ordinal))) is not None:
            return scripted
        chance = random.Random(f"{config.seed} {operation} {ordinal}")  # noqa: S311 - a plan that can be repeated
        if chance.random() >= config.rate:
            return None
        possible = [fault for fault in config.kinds or Fault if self.can_happen(fault, operation)]
        return chance.choice(sorted(possible)) if possible else None
