"""Trial of each operation of a profile: request, the contract's verdict, a sample answer, and what is read of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from adapters.contracts.xml_tree import tree_of
from adapters.crypto.xml.strict_xml import DOCUMENT_LIMITS, parse
from adapters.judiciary.call_context import CallContext, new_call
from adapters.judiciary.mapped.contract import MappedContract
from adapters.judiciary.mapped.profile_binding import kinds_of, sections_of
from adapters.judiciary.mapped.receipts.receipt_claims import ReceiptClaims
from adapters.judiciary.mapped.xml_form import XmlForm
from adapters.judiciary.operations import CONFIRM_RECEIPTS, FETCH_RECEIPTS, LOGIN
from adapters.judiciary.trial.answer_words import Steps, known_words, names_of, with_word, written_times
from adapters.judiciary.trial.contract_echo import Echo, echo_of
from adapters.judiciary.trial.file_bound import STAND_IN
from adapters.judiciary.wire import Fault
from adapters.settings import JudiciaryProfile
from adapters.settings.profile_sections.operations import OperationSection
from adapters.settings.profile_sections.receipt import ReceiptForm
from gateway.judiciary.courier import (
    Accepted,
    Deferred,
    NamedNotice,
    NoAccount,
    NotKnown,
    Operation,
    Pending,
    RawReceipt,
    ReceiptPage,
    Rejected,
    SealRefused,
    SealSlice,
    Unknown,
)
from gateway.mapping.kinds.call_context import answer_tree
from gateway.mapping.kinds.outcomes import outcomes_of, standings_of, ticket_standing_of
from gateway.mapping.program.program import Made
from gateway.receipts.status_receipt import StatusReceipt
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import GatewayError

NUMBER: Final = "1"
"""The judiciary's number of the sample notice, where the contract's own form of it is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Result of a mapping: a word of ours with details, or the code of a refusal. ``number`` and ``ticket`` are the
    judiciary's.
    """

    word: str
    details: str = ""
    number: str = ""
    ticket: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedOperation:
    """One operation. ``words`` are readings of the answer with each word of the tables in the place of the sample's.

    ``step`` is the step at which ``error`` occurred: ``request``, ``contract``, ``sample`` or ``answer``; ``file`` is
    the mapping that is concerned, ``files`` are all.
    """

    key: str
    name: str
    files: str
    header: Any = None
    request: Any = None
    answer: Any = None
    readings: Sequence[Reading] = ()
    words: Sequence[tuple[str, Reading]] = ()
    token: str | None = field(default=None, repr=False)
    error: GatewayError | None = None
    step: str = ""
    file: str = ""


_KEYS: Final = {
    LOGIN: "login",
    Operation.SUBMIT.value: "submit",
    Operation.INQUIRE_STATUS.value: "inquire",
    Operation.INQUIRE_TICKET.value: "ticket",
    FETCH_RECEIPTS: "receipts",
    CONFIRM_RECEIPTS: "confirm",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileTrial:
    """Trial of a profile with one notice. ``answers`` are files with answers by operation (a key of `_KEYS`)."""

    profile: JudiciaryProfile
    contract: MappedContract[Any]
    notice: SealSlice
    now: datetime
    answers: Mapping[str, Path] = field(default_factory=dict)

    def operations(self) -> Iterator[TriedOperation]:
        """Try each operation in turn; an error of one is kept in its result and ends no other."""
        sections, echo = self.profile.file.operations, echo_of(self.profile, self.contract)
        assert sections is not None
        number, ticket, token = NUMBER, NUMBER, None
        for ours, section in sorted(sections_of(sections), key=lambda each: each[0] != LOGIN):
            tried = self._tried(ours, section, echo, number, ticket, token)
            if ours == LOGIN:
                token = tried.token or STAND_IN
            number = next((each.number for each in tried.readings if each.number), number)
            ticket = next((each.ticket for each in tried.readings if each.ticket), ticket)
            yield tried

    def _tried(
        self, ours: str, section: OperationSection, echo: Echo, number: str, ticket: str, token: str | None
    ) -> TriedOperation:
        call = replace(self._call(ours, number), token=token)
        done: dict[str, Any] = {
            "key": _KEYS[ours],
            "name": section.name,
            "files": ", ".join(filter(None, (section.request, section.answer))),
            "file": section.request,
        }
        step = "request"
        try:
            form = self.contract.form
            if isinstance(form, XmlForm) and form.header is not None:
                done["header"] = next(iter(form.header.make(ours, call.id, call.now, token)), None)
            done["request"] = request = self._request(ours, call, ticket)
            step = "contract"
            echo.received(ours, request)
            if section.answer is None or not kinds_of(self.profile, ours)[1]:
                return TriedOperation(**done)
            step, done["file"] = "sample", section.answer
            file = self.answers.get(_KEYS[ours])
            done["answer"] = answer = (
                echo.read(file) if file else echo.answer(section, ours, self._given(section.answer, call))
            )
            self.contract.assert_answers(ours, answer)
            step = "answer"
            if ours == LOGIN:
                given, ends_at = self.contract.session(answer, call)
                ends = "" if ends_at is None else f"until {timestamp(ends_at)}"
                return TriedOperation(**done, token=given, readings=[Reading(word="a session", details=ends)])
            done["words"] = list(self._words(ours, section.answer, answer, call))
            done["readings"] = self._readings(ours, answer, call)
        except (GatewayError, OSError) as error:
            told = error if isinstance(error, GatewayError) else GatewayError("profile.sample", detail=str(error))
            return TriedOperation(**done, error=told, step=step)
        return TriedOperation(**done)

    def _call(self, ours: str, number: str) -> CallContext:
        notices = [NamedNotice(reference=self.notice.reference, tracking_number=number)]
        call = new_call(self.now, notices)
        if ours == FETCH_RECEIPTS and not self.contract.polls:
            return CallContext(id=call.id, now=call.now, cursor="", limit=10)  # the first page
        return call

    def _request(self, ours: str, call: CallContext, ticket: str) -> Any:
        references, contract = [self.notice.reference], self.contract
        if ours == Operation.SUBMIT.value:
            return contract.submission([self.notice], call).content
        if ours == Operation.INQUIRE_STATUS.value:
            return contract.inquiry(references, call)
        if ours == Operation.INQUIRE_TICKET.value:
            return contract.ticket_question(self.notice.reference, ticket, call)
        if ours == LOGIN:
            return contract.login(STAND_IN, STAND_IN, call)
        if ours == CONFIRM_RECEIPTS:
            return contract.confirmation([NUMBER], call)
        return contract.poll(call.notices, call) if contract.polls else contract.page(call)

    def _given(self, file: str, call: CallContext) -> dict[str, str]:
        """Return texts of a sample answer by an element's name: our reference, a good code, an echo of the call."""
        own = self._receipt_mapping(FETCH_RECEIPTS)
        readers = [self.profile.folder / file, *([own] if own is not None else [])]
        given = {name: self.notice.reference for each in readers for name in names_of(each, "reference")}
        for steps, word in known_words(self.profile.folder / file):
            if isinstance(name := steps[-1], str) and steps[0] != "$answer":
                given.setdefault(name, word)  # the first word of its table: usually the good one
        for name, written in written_times(self.profile.folder / file, self.now):
            given.setdefault(name, written)
        container, trust = self.profile.file.codes.container, self.profile.file.trust
        if container is not None and container.good:
            given[container.code.rpartition(".")[2]] = container.good[0]
        if trust.echo is not None:
            given[trust.echo.rpartition(".")[2]] = call.uuid
        return given

    def _words(self, ours: str, file: str, answer: Any, call: CallContext) -> Iterator[tuple[str, Reading]]:
        if (own := self._receipt_mapping(ours)) is not None:
            yield from self._receipt_words(answer, own, call)
            return
        tree, status = self.contract.form.tree(answer), self.contract.form.status(answer)
        for steps, word in known_words(self.profile.folder / file):
            if steps[:2] == ("$answer", "status"):
                yield f"HTTP {word}", self._read(ours, tree, call, int(word) if word.isdigit() else status)
            elif (other := with_word(tree, steps, word)) is not None or (other := self._failed(steps, word)):
                yield word, self._read(ours, other, call, status)

    def _failed(self, steps: Steps, word: str) -> Any | None:
        """Return the tree of an answer that failed with a code, if such an answer has the container alone."""
        container = self.profile.file.codes.container
        if container is None or not container.only_if_failed or list(steps) != container.code.split("."):
            return None
        made: Any = word
        for step in reversed(container.code.split(".")):
            made = {step: made}
        return made

    def _receipt_mapping(self, ours: str) -> Path | None:
        """Return the file that reads a receipt, if receipts are elements of the answer."""
        section = self.profile.file.receipt
        if ours != FETCH_RECEIPTS or section is None or section.form is not ReceiptForm.ELEMENT:
            return None
        return self.profile.folder / (section.mapping or "")

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

    def _read(self, ours: str, tree: Any, call: CallContext, status: int | None) -> Reading:
        """Return the reading of an answer's tree, container first."""
        contract = self.contract
        mapped = ours in tuple(Operation) and ours != FETCH_RECEIPTS
        if contract.container is not None and (fault := contract.container.fault(tree, mapped=mapped)) is not None:
            return self._faulty(fault)
        program = contract.bound[ours].answer
        assert program is not None
        reference, number = self.notice.reference, call.notices[0].tracking_number if call.notices else None
        context = answer_tree(call.uuid, contract.values, reference=reference, tracking_number=number, status=status)
        made = program.run(tree, context=context)
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

    def _readings(self, ours: str, answer: Any, call: CallContext) -> list[Reading]:
        contract = self.contract
        if (fault := contract.fault(ours, answer)) is not None:
            return [self._faulty(fault)]
        if ours == FETCH_RECEIPTS:
            page: ReceiptPage = contract.receipts(answer, call)
            return [self._receipt(each) for each in page.receipts] or [Reading(word="no receipts")]
        if ours == Operation.INQUIRE_TICKET.value:
            return [told(contract.ticket_standing(answer, call))]
        reader: Callable[..., Mapping[str, Any]] = (
            contract.outcomes if ours == Operation.SUBMIT.value else contract.standings
        )
        return [told(each) for each in reader(answer, call).values()]

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
            return Reading(
                word=f"{len(receipt.octets)} octets",
                details="a signed receipt is not tried: only its signer can make one",
            )
        details = ", ".join(f"{name} {value}" for name, value in claims.items() if name != "Event")
        return Reading(word=claims["Event"], details=details)


def told(outcome: object) -> Reading:
    """Return an outcome in words."""
    match outcome:
        case Accepted(tracking_number=number):
            return Reading(word="ACCEPTED", details=f"tracking number {number}", number=number)
        case Rejected(code=code, text=text):
            return Reading(word="REJECTED", details=": ".join(filter(None, (code, text))))
        case SealRefused(code=code, text=text):
            return Reading(word="SEAL REFUSED", details=": ".join(filter(None, (code, text))))
        case NoAccount():
            return Reading(word="NO_ACCOUNT")
        case NotKnown():
            return Reading(word="NOT_KNOWN")
        case Pending(ticket=ticket):
            return Reading(word="PENDING", details=f"ticket {ticket}" if ticket else "", ticket=ticket or "")
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
