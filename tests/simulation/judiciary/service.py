"""The judiciary's service: it judges each message fresh and once, acts on it, and signs its answer.

It does not forgive: a notice that is submitted a second time is served a second time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from gateway.judiciary.courier import PROBE_IDENTIFIER
from gateway.notice.notice import sha256
from gateway.runtime.clock import parse_timestamp
from gateway.trust.trust_policy import Rejection

from .documents import notice_of
from .ledger import Decision, Issued, Ledger
from .signed import JUDICIARY, RECEIPTS, TRANSPORT, opened, signed, written

DAY: Final = 86400.0
HOUR: Final = 3600.0

SKEW: Final = timedelta(seconds=60)
MOST: Final = 16_000_000
"""Octets of the largest message."""

LIFE: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Fate:
    """End of a notice, whenever it comes: its status, deferrals before it, and its receipts.

    ``receipts`` are events with the seconds from acceptance to their issue. ``decided_after`` is for a ticket.
    """

    status: str
    deferrals: int
    receipts: tuple[tuple[str, float], ...]
    decided_after: float | None


def fate_of(seed: int, reference: str, *, tickets: bool) -> Fate:
    """Draw the fate of a notice; the same one whatever else happens."""
    random = Random(f"{seed}/{reference}")
    status = random.choices(["ACCEPTED", "REJECTED", "NO_ACCOUNT"], [88, 6, 6])[0]
    deferrals = random.choice([0, 0, 0, 0, 0, 1, 3])
    decided_after = random.choice([60.0, HOUR, 30 * HOUR]) if tickets and random.random() < 0.5 else None
    first = random.choice([0.0, 1.0, 600.0, 5 * HOUR, 2 * DAY, 6 * DAY])
    served = random.choices(["ContentConsignment", "ContentConsignmentFailure", "ContentHandover", ""], [70, 8, 12, 10])
    receipts = [(served[0], first)] if served[0] else []
    if served[0] == "ContentConsignment" and random.random() < 0.6:
        receipts.append(("ContentHandover", first + random.choice([0.0, 60.0, HOUR, 3 * DAY])))
    if served[0] != "ContentConsignmentFailure" and random.random() < 0.1:
        receipts.append((random.choice(["LegalService", "ContentConsignment"]), first + random.choice([60.0, 2 * DAY])))
    return Fate(status, deferrals, tuple(receipts), decided_after)


@dataclass(slots=True)
class Judiciary:
    """``clock`` is its own; ``later`` runs something after so many seconds; ``odd`` tells how a receipt about a
    reference arrives."""

    seed: int
    tickets: bool
    clock: Callable[[], datetime]
    elapsed: Callable[[], float]
    later: Callable[[float, Callable[[], None]], None]
    odd: Callable[[str], str]
    fate: Callable[[str, Mapping[str, str]], Fate] | None = None
    """Fate of a notice by its reference and its fields; None: by the seed."""
    ledger: Ledger = field(default_factory=Ledger)
    erred: set[str] = field(default_factory=set)
    """Notices of which a person said by mistake that they may be sent again: a second submission is no second one."""
    _seen: set[str] = field(default_factory=set)

    def serve(self, octets: bytes, *, busy: bool = False) -> bytes:
        """Return the signed answer to a request."""
        try:
            key, told, seals = opened(octets)
        except Rejection as refusal:
            return self._fault({"id": "", "op": ""}, refusal.code)
        if len(octets) > MOST:
            return self._fault(told, "verify.schema")
        if busy:
            return self._fault(told, "busy")
        try:
            self._judge(key, told)
            return self._answer(told, getattr(self, f"_{_METHODS[told['op']]}")(told, seals))
        except Rejection as refusal:
            return self._fault(told, refusal.code)

    def has_judged(self, message: str) -> bool:
        """Return True if a message was judged: each further copy of it is refused."""
        return message in self._seen

    def _judge(self, key: str, told: Mapping[str, Any]) -> None:
        now, at = self.clock(), parse_timestamp(told["at"])
        if key != TRANSPORT:
            raise Rejection("verify.unknown-certificate")
        if at > now + SKEW:
            raise Rejection("verify.not-yet")
        if now > parse_timestamp(told["expires"]) + SKEW:
            raise Rejection("verify.expired")
        if told["id"] in self._seen:
            raise Rejection("verify.replay")
        self._seen.add(told["id"])

    def _submit(self, told: Mapping[str, Any], seals: Sequence[bytes]) -> dict[str, Any]:
        results = []
        for reference, octets in zip(told["content"]["references"], seals, strict=True):
            results.append({"reference": reference, **self._take(reference, octets, told["id"])})
        return {"results": results}

    def _take(self, reference: str, octets: bytes, message: str) -> dict[str, Any]:
        self.ledger.submissions += 1
        try:
            if (fields := notice_of(octets))["Reference"] != reference:
                return {"status": "REJECTED", "code": "verify.about"}
        except Rejection as refusal:
            return {"status": "REJECTED", "code": refusal.code}
        if reference in self.erred and (known := self.ledger.standing(reference)) is not None:
            return _result(known)
        fate = self.fate(reference, fields) if self.fate else fate_of(self.seed, reference, tickets=self.tickets)
        before = self.ledger.acted.setdefault(reference, [])
        number = f"T{len(before)}-{reference[-8:]}"
        end = status = fate.status
        if sum(each.status == "DEFERRED" for each in before) < fate.deferrals:
            end = status = "DEFERRED"
        if fate.decided_after is not None:
            status = "PENDING"
        before.append(Decision(message, self.elapsed(), status, number, sha256(octets)))
        if status == "PENDING":
            decided = Decision(message, self.elapsed(), end, number, sha256(octets))
            self.later(fate.decided_after or 0.0, lambda: self._decide(reference, decided, fate))
        elif status == "ACCEPTED":
            self._will_issue(reference, before[-1], fate)
        return _result(before[-1])

    def _decide(self, reference: str, decided: Decision, fate: Fate) -> None:
        at = next(i for i, each in enumerate(self.ledger.acted[reference]) if each.number == decided.number)
        self.ledger.acted[reference][at] = decided
        if decided.status == "ACCEPTED":
            self._will_issue(reference, decided, fate)

    def _will_issue(self, reference: str, decision: Decision, fate: Fate) -> None:
        for event, after in fate.receipts:
            self.later(after, lambda event=event: self._issue(reference, decision, event))

    def _issue(self, reference: str, decision: Decision, event: str) -> None:
        now, id = self.clock(), f"R{len(self.ledger.issued) + 1}"
        told = {
            "ReceiptId": id,
            "Reference": reference,
            "TrackingNumber": decision.number,
            "SealDigest": decision.seal,
            "Event": event,
            "EventTime": written(now),
            "at": written(now),
        }
        octets = signed(RECEIPTS, told)
        self.ledger.issued.append(Issued(id, reference, decision.number, event, now, octets))
        match self.odd(reference):
            case "twice":
                self.ledger.feed += [octets, octets]
            case "late":
                self.later(2 * DAY, lambda: self.ledger.feed.append(octets))
            case "forged":
                self.ledger.feed += [signed("stranger", {**told, "ReceiptId": f"F{id}"}), octets]
            case "altered":
                self.ledger.feed += [octets.replace(b"Content", b"content", 1), octets]
            case "other-seal":
                self._mistake(told, octets, SealDigest=sha256(octets))
            case "other-number":
                self._mistake(told, octets, TrackingNumber=f"N{decision.number}")
            case _:
                self.ledger.feed.append(octets)

    def _mistake(self, told: Mapping[str, Any], octets: bytes, **wrong: str) -> None:
        """Issue a receipt with something wrong in it, of another time, and the right one an hour later."""
        time = written(self.clock() + timedelta(seconds=1))
        self.ledger.feed.append(
            signed(RECEIPTS, {**told, "ReceiptId": f"W{told['ReceiptId']}", "EventTime": time, **wrong})
        )
        self.later(HOUR, lambda: self.ledger.feed.append(octets))

    def _inquire(self, told: Mapping[str, Any], _: Sequence[bytes]) -> dict[str, Any]:
        self.ledger.inquiries += 1
        results = []
        for reference in told["content"]["references"]:
            known = self.ledger.standing(reference)
            results.append({"reference": reference, **({"status": "NOT_KNOWN"} if known is None else _result(known))})
        return {"results": results}

    def _ticket(self, told: Mapping[str, Any], _: Sequence[bytes]) -> dict[str, Any]:
        [reference] = told["content"]["references"]
        known = [d for d in self.ledger.acted.get(reference, ()) if d.number == told["content"]["ticket"]]
        found = {"status": "NOT_KNOWN"} if not known else _result(known[-1])
        return {"results": [{"reference": reference, **found}]}

    def _fetch(self, told: Mapping[str, Any], _: Sequence[bytes]) -> dict[str, Any]:
        content = told["content"]
        if "references" in content:
            named = set(content["references"])
            found = [each.octets for each in self.ledger.issued if each.reference in named]
            return {"receipts": [octets.decode() for octets in found if octets in self.ledger.feed]}
        if not (content["cursor"] or "0").isdigit():
            raise Rejection("verify.schema", where="cursor")
        start, limit = int(content["cursor"] or "0"), content["limit"]
        page = self.ledger.feed[start : start + limit]
        end = start + len(page)
        receipts = [octets.decode() for octets in page]
        return {"receipts": receipts, "cursor": str(end), "more": end < len(self.ledger.feed)}

    def _confirm(self, told: Mapping[str, Any], _: Sequence[bytes]) -> dict[str, Any]:
        self.ledger.confirmed += told["content"]["receipts"]
        return {}

    def _account(self, told: Mapping[str, Any], _: Sequence[bytes]) -> dict[str, Any]:
        return {"account": told["content"]["identifier"] == PROBE_IDENTIFIER}

    def _answer(self, told: Mapping[str, Any], content: dict[str, Any]) -> bytes:
        now = self.clock()
        about = {"RelatesTo": told["id"], "Action": f"{told['op']}Answer"}
        return signed(JUDICIARY, {**about, "at": written(now), "expires": written(now + LIFE), **content})

    def _fault(self, told: Mapping[str, Any], code: str) -> bytes:
        return self._answer(told, {"fault": code})


_METHODS: Final = {
    "SubmitNotices": "submit",
    "InquireStatus": "inquire",
    "InquireTicket": "ticket",
    "FetchReceipts": "fetch",
    "ConfirmReceipts": "confirm",
    "InquireAccounts": "account",
}


def _result(decision: Decision) -> dict[str, Any]:
    match decision.status:
        case "ACCEPTED":
            return {"status": "ACCEPTED", "number": decision.number}
        case "REJECTED":
            return {"status": "REJECTED", "code": "R-102", "text": "the recipient is deceased"}
        case "PENDING":
            return {"status": "PENDING", "ticket": decision.number}
        case "DEFERRED":
            return {"status": "DEFERRED", "code": "later"}
        case _:
            return {"status": decision.status}
