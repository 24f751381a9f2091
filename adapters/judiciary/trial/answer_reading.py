"""Readings of an answer: the outcome of each notice, also for each word that a mapping's tables know."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from adapters.contracts.xml_tree import tree_of
from adapters.crypto.xml.strict_xml import DOCUMENT_LIMITS, parse
from adapters.judiciary.call_context import CallContext
from adapters.judiciary.mapped.contract import MappedContract
from adapters.judiciary.mapped.receipts.receipt_claims import ReceiptClaims
from adapters.judiciary.operations import FETCH_RECEIPTS
from adapters.judiciary.trial.answer_words import Steps, known_words, with_word
from adapters.judiciary.wire import Fault
from adapters.settings import JudiciaryProfile
from adapters.settings.profile_sections.receipt import ReceiptForm
from gateway.judiciary.courier import (
    Accepted,
    Deferred,
    NoAccount,
    NotKnown,
    Operation,
    Pending,
    RawReceipt,
    ReceiptPage,
    Rejected,
    SealRefused,
    Unknown,
)
from gateway.mapping.kinds.call_context import answer_tree
from gateway.mapping.kinds.outcomes import outcomes_of, standings_of, ticket_standing_of, with_trimmed
from gateway.mapping.program.program import Made
from gateway.receipts.status_receipt import StatusReceipt

SESSION: Final = "a session"
NO_RECEIPTS: Final = "no receipts"
SIGNED_RECEIPT: Final = "a signed receipt"
"""Receipt that is not read further: only its signer can make one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Result of a mapping: a word of ours with details, or the code of a refusal.

    ``number`` and ``ticket`` are the judiciary's; ``until`` is the end of a session.
    """

    word: str
    details: str = ""
    number: str = ""
    ticket: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerReader:
    """Reader of a profile's answers about one notice, by its ``reference``."""

    profile: JudiciaryProfile
    contract: MappedContract[Any]
    reference: str

    def readings(self, ours: str, answer: Any, call: CallContext) -> list[Reading]:
        """Return what is read of an answer."""
        contract = self.contract
        if (fault := contract.fault(ours, answer)) is not None:
            return [self._faulty(fault)]
        if ours == FETCH_RECEIPTS:
            page: ReceiptPage = contract.receipts(answer, call)
            return [self._receipt(each) for each in page.receipts] or [Reading(word=NO_RECEIPTS)]
        if ours == Operation.INQUIRE_TICKET.value:
            return [told(contract.ticket_standing(answer, call))]
        reader: Callable[..., Mapping[str, Any]] = (
            contract.outcomes if ours == Operation.SUBMIT.value else contract.standings
        )
        return [told(each) for each in reader(answer, call).values()]

    def words(self, ours: str, file: str, answer: Any, call: CallContext) -> Iterator[tuple[str, Reading]]:
        """Yield each word of the tables of ``file``, with what is read of the answer if it has that word."""
        if (own := self.receipt_mapping(ours)) is not None:
            yield from self._receipt_words(answer, own, call)
            return
        tree, status = self.contract.form.tree(answer), self.contract.form.status(answer)
        for steps, word in known_words(self.profile.folder / file):
            if steps[:2] == ("$answer", "status"):
                yield f"HTTP {word}", self._read(ours, tree, call, int(word) if word.isdigit() else status)
            elif (other := with_word(tree, steps, word)) is not None or (other := self._failed(steps, word)):
                yield word, self._read(ours, other, call, status)

    def receipt_mapping(self, ours: str) -> Path | None:
        """Return the file that reads a receipt, if receipts are elements of the answer."""
        section = self.profile.file.receipt
        if ours != FETCH_RECEIPTS or section is None or section.form is not ReceiptForm.ELEMENT:
            return None
        return self.profile.folder / (section.mapping or "")

    def _read(self, ours: str, tree: Any, call: CallContext, status: int | None) -> Reading:
        """Return the reading of an answer's tree, container first."""
        contract = self.contract
        mapped = ours in tuple(Operation) and ours != FETCH_RECEIPTS
        if contract.container is not None and (fault := contract.container.fault(tree, mapped=mapped)) is not None:
            return self._faulty(fault)
        program = contract.bound[ours].answer
        assert program is not None
        reference, number = self.reference, call.notices[0].tracking_number if call.notices else None
        context = answer_tree(call.uuid, contract.values, reference=reference, tracking_number=number, status=status)
        made = program.run(tree, context=context)
        made = with_trimmed(made) if contract.form.is_xml else made
        if ours == Operation.SUBMIT.value:
            return told(outcomes_of(made, [reference], program.label)[reference])
        if ours == Operation.INQUIRE_STATUS.value:
            return told(standings_of(made, [reference], program.label)[reference])
        if ours == Operation.INQUIRE_TICKET.value:
            return told(ticket_standing_of(made, reference, program.label))
        return _first_event(made, program.label)

    def _faulty(self, fault: Fault) -> Reading:
        codes = self.profile.codes
        lists = {"credentials": codes.credentials, "busy": codes.busy, "expired": codes.expired, "schema": codes.schema}
        word = next((name for name, listed in lists.items() if fault.code in listed), "fault")
        return Reading(word=f"[codes] {word}", details=fault.shown)

    def _receipt(self, receipt: RawReceipt) -> Reading:
        if receipt.unread is not None:
            raise receipt.unread
        section = self.profile.file.receipt
        form = ReceiptForm.DOCUMENT if section is None else section.form
        if form is ReceiptForm.STATUS:
            claims: Mapping[str, str] = StatusReceipt.of(receipt.octets).claims
        elif form is ReceiptForm.ELEMENT and self.contract.receipt is not None:
            tree = tree_of(parse(receipt.octets, DOCUMENT_LIMITS)) or {}
            claims = ReceiptClaims(program=self.contract.receipt, seal=self.contract.seal).of(tree)
        else:
            return Reading(word=SIGNED_RECEIPT, details=f"{len(receipt.octets)} octets")
        details = ", ".join(f"{name} {value}" for name, value in claims.items() if name != "Event")
        return Reading(word=claims["Event"], details=details)

    def _failed(self, steps: Steps, word: str) -> Any | None:
        """Return the tree of an answer that failed with a code, if such an answer has the container alone."""
        container = self.profile.file.codes.container
        if container is None or not container.only_if_failed or list(steps) != container.code.split("."):
            return None
        made: Any = word
        for step in reversed(container.code.split(".")):
            made = {step: made}
        return made

    def _receipt_words(self, answer: Any, file: Path, call: CallContext) -> Iterator[tuple[str, Reading]]:
        for receipt in self.contract.receipts(answer, call).receipts[:1]:
            tree = tree_of(parse(receipt.octets, DOCUMENT_LIMITS)) or {}
            for steps, word in known_words(file):
                if (other := with_word(tree, steps, word)) is not None:
                    yield word, self._event(other)

    def _event(self, tree: Any) -> Reading:
        assert self.contract.receipt is not None
        made = self.contract.receipt.run(tree)
        if made.problems:
            first = made.problems[0]
            details = "; ".join(filter(None, (first.field, first.reason, self.contract.receipt.label)))
            return Reading(word=first.code, details=details)
        return Reading(word=str(made.values.get("event")))


def told(outcome: object) -> Reading:
    """Return an outcome in words."""
    match outcome:
        case Accepted(tracking_number=number):
            return Reading(word="ACCEPTED", number=number)
        case Rejected(code=code, text=text):
            return Reading(word="REJECTED", details=": ".join(filter(None, (code, text))))
        case SealRefused(code=code, text=text):
            return Reading(word="SEAL REFUSED", details=": ".join(filter(None, (code, text))))
        case NoAccount():
            return Reading(word="NO_ACCOUNT")
        case NotKnown():
            return Reading(word="NOT_KNOWN")
        case Pending(ticket=ticket):
            return Reading(word="PENDING", ticket=ticket or "")
        case Deferred(code=code):
            return Reading(word="DEFERRED", details=code)
        case Unknown(code=code, detail=detail):
            return Reading(word="UNKNOWN", details=": ".join(filter(None, (code, detail))))
        case _:
            raise AssertionError(outcome)


def _first_event(made: Made, label: str) -> Reading:
    if made.problems:
        first = made.problems[0]
        return Reading(word=first.code, details="; ".join(filter(None, (first.field, first.reason, label))))
    events = [each.get("event") for each in made.values.get("receipts", ()) if isinstance(each, Mapping)]
    return Reading(word=str(events[0]) if events and events[0] else "receipts")
