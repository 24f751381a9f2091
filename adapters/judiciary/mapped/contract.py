"""A contract with its mappings: they make its requests and read its answers. Names in messages are in files alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Generic

from adapters.crypto.message.soap_signing import TextSlice
from adapters.judiciary.call_context import CallContext
from adapters.judiciary.mapped.error_container import Errors
from adapters.judiciary.mapped.form import Form
from adapters.judiciary.mapped.numbered_page import page_of, page_tree
from adapters.judiciary.mapped.push import MappedPush
from adapters.judiciary.mapped.receipts.receipt_forms import SIGNED, ReceiptsOfAnswer, octets_of, part_of, read_part
from adapters.judiciary.mapped.sealed_notice import DocumentLimits, parts_read, sealed_tree
from adapters.judiciary.mapped.text_slots import with_slots
from adapters.judiciary.operations import CONFIRM_RECEIPTS, FETCH_RECEIPTS, INQUIRE_ACCOUNTS, LOGIN
from adapters.judiciary.wire import Content, Fault, Submission
from gateway.judiciary.capabilities import SealPlace
from gateway.judiciary.courier import (
    NamedNotice,
    Operation,
    Outcome,
    RawReceipt,
    ReceiptPage,
    SealSlice,
    Standing,
    TicketStanding,
    Unknown,
)
from gateway.judiciary.outcome_codes import MAPPED_CODES, CodeTable
from gateway.judiciary.paging import BY_CURSOR, Paging, PagingWay
from gateway.mapping.kinds.call_context import answer_tree, request_tree
from gateway.mapping.kinds.outcomes import outcomes_of, standings_of, ticket_standing_of, trimmed, with_trimmed
from gateway.mapping.model.list_part import ListPart
from gateway.mapping.program.program import Made, Program, nested
from gateway.mapping.program.reads_of_source import outermost
from gateway.receipts.unread_receipt import UnreadReceipt
from gateway.record.masking import MASK
from gateway.runtime.errors import GatewayError
from gateway.trust.trust_policy import Rejection

PROBE_REFERENCE: Final = "EB-" + "A" * 32
"""Reference of no notice: an inquiry about it proves the whole path, and no more."""

LONGEST_SESSION: Final = timedelta(days=30)
"""Longest life of a session's token. Services write a huge number for a token without an end."""

_LIFE: Final = "lifetime_seconds"

_RECEIPTS: Final = "receipts"
"""List of an answer's mapping."""

_PROBE: Final = CallContext(
    id="probe", now=datetime(2026, 2, 3, tzinfo=UTC), notices=(NamedNotice(reference=PROBE_REFERENCE),)
)
"""Stand-in for the context of a probe: its mapping is run only to see whether the answer is understood."""

_DECIDED_BY_MAPPING: Final = frozenset(
    {Operation.SUBMIT.value, Operation.INQUIRE_STATUS.value, Operation.INQUIRE_TICKET.value}
)
"""Operations whose answers are about a notice: a mapping's table decides what other codes mean for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedOperation:
    """Mappings of one operation; ``answer`` is None if nothing of its answer is read.

    ``places`` of the request have the session's token.
    """

    request: Program
    answer: Program | None
    places: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedContract(Generic[Content]):
    """Contract (`adapters.judiciary.wire.Contract`) in any ``form``.

    ``bound`` are operations by our own names (`adapters.judiciary.operations`). ``receipt`` reads one receipt (None:
    the mapping of the answer does), ``receipt_form`` finds them in an answer. ``seal`` is the place of the sealed
    notice: inside the message, in base64 (then a message is stored whole) or as an element; beside it; or nowhere.
    Large texts of a submission are read while it is sent. ``limits`` are those of a notice's documents.
    ``push`` is the operation by which the judiciary pushes receipts, if it does. ``polls`` means that receipts are
    polled by notice. ``values`` are those of the configuration, for mappings. ``paging`` says how the service numbers
    its receipts.
    ``container`` reads the errors inside ordinary answers, if the contract has such. ``codes`` explain the statuses
    that mappings make. A contract that ``is_ours`` has receipts in our format, and its schema allows nothing that its
    mappings cannot read. Requests that are not ``judged`` are sent whether the schema allows them or not.

    Contracts of others have no question about persons. ``probe``, an inquiry or a page of receipts, stands in for it
    and proves the same path, if there is one.
    """

    form: Form[Content]
    bound: Mapping[str, MappedOperation]
    receipt: Program | None
    receipt_form: ReceiptsOfAnswer = SIGNED
    seal: SealPlace = SealPlace.INSIDE
    probe: Operation | None = Operation.INQUIRE_STATUS
    push: MappedPush | None = None
    polls: bool = False
    container: Errors | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    paging: Paging = BY_CURSOR
    codes: CodeTable = MAPPED_CODES
    is_ours: bool = False
    judged: bool = True
    limits: DocumentLimits = field(default_factory=DocumentLimits)

    @property
    def operations(self) -> Sequence[str]:
        """The contract's names of the bound operations."""
        return [*self.form.operations, *([] if self.push is None else [self.push.operation.name])]

    def token_places(self, operation: str) -> Sequence[str]:
        if operation not in self.bound and self.probe is not None:
            operation = self.probe.value
        return [*self.form.header_places(operation), *self.bound[operation].places]

    def trial(self, call: CallContext) -> CallContext:
        """Return the context of a submission that is only tried, outside of any session.

        Its schema is not asked if the session's token stands in it: no token is known yet.
        """
        return replace(call, token=MASK, is_record=bool(self.bound[Operation.SUBMIT.value].places))

    def login(self, username: str, password: str, call: CallContext) -> Content:
        """Return a login. Raises as `request` does."""
        return self.request(LOGIN, {"username": username, "password": password}, call)

    def session(self, answer: Content, call: CallContext) -> tuple[str, datetime | None]:
        """Return the token that a login's answer gives, and its end if that is told.

        A life of more than `LONGEST_SESSION` is that long: then a login gives a new token. Raises `GatewayError`
        ``mapped.*``, also for a life that is over at once.
        """
        made = self._read(LOGIN, answer, call)
        if made.problems:
            raise GatewayError(made.problems[0].code, where=made.problems[0].field)
        life = made.values.get(_LIFE)
        if life is None:
            return made.values["token"], made.values.get("ends_at")
        if life < 1:
            raise GatewayError("mapped.field-invalid", where=_LIFE, detail="1 second or more is wanted")
        seconds = min(life, int(LONGEST_SESSION.total_seconds()))
        return made.values["token"], call.now + timedelta(seconds=seconds)

    def submission(self, seals: Sequence[SealSlice], call: CallContext) -> Submission[Content]:
        for seal in seals:
            self.limits.assert_allow_sealed(seal)
        parts = parts_read(self.bound[Operation.SUBMIT.value].request.reads)
        told = {"notices": [sealed_tree(seal, self.seal, parts, number) for number, seal in enumerate(seals)]}
        values, texts = self._made(Operation.SUBMIT.value, told, call), list[TextSlice]()
        inside = len(seals) if parts.as_element else 0
        if self.form.is_xml:
            values, texts = with_slots(values, inside)
        content = self._content(Operation.SUBMIT.value, values, call)
        if (inside or texts) and sorted(self.form.slots(content)) != list(range(inside + len(texts))):
            detail = f"each seal must stand in it once; mapping {self.bound[Operation.SUBMIT.value].request.name}"
            raise GatewayError("mapped.message", where="seal.element", detail=detail)
        beside = seals if self.seal is SealPlace.ATTACHMENT else ()
        return Submission(content=content, slices=(*seals[:inside], *texts, *beside))

    def inquiry(self, references: Sequence[str], call: CallContext) -> Content:
        asked = {"notices": [{"reference": reference} for reference in references]}
        return self.request(Operation.INQUIRE_STATUS.value, asked, call)

    def ticket_question(self, reference: str, ticket: str, call: CallContext) -> Content | None:
        if Operation.INQUIRE_TICKET.value not in self.bound:
            return None
        return self.request(Operation.INQUIRE_TICKET.value, {"ticket": ticket, "reference": reference}, call)

    def page(self, call: CallContext) -> Content:
        return self.request(FETCH_RECEIPTS, page_tree(self.paging, call), call)

    def poll(self, notices: Sequence[NamedNotice], call: CallContext) -> Content | None:
        if not self.polls:
            return None
        named = [{"reference": each.reference, "tracking_number": each.tracking_number} for each in notices]
        return self.request(FETCH_RECEIPTS, {"notices": named}, call)

    def confirmation(self, receipt_ids: Sequence[str], call: CallContext) -> Content | None:
        if CONFIRM_RECEIPTS not in self.bound:
            return None
        return self.request(CONFIRM_RECEIPTS, {"receipts": [{"receipt_id": each} for each in receipt_ids]}, call)

    def account(self, kind: str, identifier: str, call: CallContext) -> Content | None:
        if INQUIRE_ACCOUNTS in self.bound:
            return self.request(INQUIRE_ACCOUNTS, {"persons": [{"kind": kind, "identifier": identifier}]}, call)
        match self.probe:
            case Operation.INQUIRE_STATUS:
                return self.inquiry([PROBE_REFERENCE], call)
            case Operation.FETCH_RECEIPTS:
                return self.page(
                    replace(call, cursor="", limit=1)
                )  # looking takes nothing: an unconfirmed receipt is sent again
            case _:
                return None

    def has_account(self, answer: Content) -> bool:
        if INQUIRE_ACCOUNTS not in self.bound:
            return False  # the answer came, and that is all
        made = self._read(INQUIRE_ACCOUNTS, answer, _PROBE)
        return bool(made.values["accounts"][0]["active"])

    def assert_answers(self, operation: str, answer: Content) -> None:
        self.form.assert_answers(operation, answer)

    def fault(self, operation: str, answer: Content) -> Fault | None:
        if (code := self.form.fault(answer)) is not None:
            return Fault(code=code, text=self.form.fault_words(answer))
        if self.container is None:
            return None
        mapped = operation in _DECIDED_BY_MAPPING or (operation == INQUIRE_ACCOUNTS and self._is_known(answer))
        return self.container.fault(self.form.tree(answer), mapped=mapped)

    def _is_known(self, answer: Content) -> bool:
        """True if the probe was an inquiry, and its mapping knows what the answer says of a reference of no notice."""
        if self.probe is not Operation.INQUIRE_STATUS:
            return False
        made = self._read(Operation.INQUIRE_STATUS.value, answer, _PROBE)
        return not isinstance(standings_of(made, _PROBE.references)[PROBE_REFERENCE], Unknown)

    def outcomes(self, answer: Content, call: CallContext) -> Mapping[str, Outcome]:
        made = self._read(Operation.SUBMIT.value, answer, call)
        return outcomes_of(made, call.references, self._place(Operation.SUBMIT.value, answer), self.codes)

    def standings(self, answer: Content, call: CallContext) -> Mapping[str, Standing]:
        made = self._read(Operation.INQUIRE_STATUS.value, answer, call)
        return standings_of(made, call.references, self._place(Operation.INQUIRE_STATUS.value, answer), self.codes)

    def ticket_standing(self, answer: Content, call: CallContext) -> TicketStanding:
        [reference] = call.references
        made = self._read(Operation.INQUIRE_TICKET.value, answer, call)
        return ticket_standing_of(made, reference, self._place(Operation.INQUIRE_TICKET.value, answer))

    def receipts(self, answer: Content, call: CallContext) -> ReceiptPage:
        found: Mapping[str, Any] = {}
        parts: Sequence[ListPart] = ()
        if self.bound[FETCH_RECEIPTS].answer is not None:
            made = self._read(FETCH_RECEIPTS, answer, call)
            if self.is_ours and made.problems:
                raise Rejection("verify.schema", where=made.problems[0].field, detail="no receipt")
            if made.outside:
                first = made.outside[0]
                detail = f"no receipt of this answer was taken; {self._place(FETCH_RECEIPTS, answer)}"
                raise GatewayError(first.code, where=first.field, detail=detail)
            found, parts = made.values, made.parts.get(_RECEIPTS, ())
        receipts = self.receipt_form.receipts(answer, parts, call.only, lambda: self._place(FETCH_RECEIPTS, answer))
        if self.polls or self.paging.by is PagingWay.CURSOR:
            # The last page of a service tells no cursor: what comes next will stand behind the one that was asked for.
            told, more = found.get("cursor"), found.get("more") or False
            return ReceiptPage(receipts=receipts, cursor=told or call.cursor, more=more, repeats=not told)
        listed = [octets_of(part) for part in parts] or [receipt.octets for receipt in receipts]
        return page_of(self.paging, call, receipts, listed, more=found.get("more"), pages=found.get("pages"))

    def read_again(self, receipt: RawReceipt) -> RawReceipt:
        kept, program = UnreadReceipt.of(receipt.octets), self.bound[FETCH_RECEIPTS].answer
        reference, number = kept.asked_reference, kept.asked_number
        context = answer_tree("", self.values, reference=reference, tracking_number=number)
        part = None if program is None else program.run_part(_RECEIPTS, part_of(kept), context)
        if program is None or part is None:
            detail = "the mapping in force reads no such list"
            return replace(receipt, unread=GatewayError("mapped.field-invalid", where=_RECEIPTS, detail=detail))
        if self.form.is_xml:
            part = replace(part, values=trimmed(part.values))
        asked = None if reference is None else NamedNotice(reference=reference, tracking_number=number)
        found = read_part(self.receipt_form, part, asked, lambda: program.label)
        if found is None:
            detail = f"it states no event yet; {program.label}"
            return replace(receipt, unread=GatewayError("mapped.field-invalid", where="event", detail=detail))
        return replace(found, octets=receipt.octets if found.unread else found.octets, carried=receipt.carried)

    def request(self, operation: str, source: Mapping[str, Any], call: CallContext) -> Content:
        """Return a request's content.

        Raises `GatewayError` ``mapped.*`` with the target's path, and ``mapped.message`` with the place that the
        contract's schema refuses. No value is quoted: it may be a person's.
        """
        return self._content(operation, self._made(operation, source, call), call)

    def _made(self, operation: str, source: Mapping[str, Any], call: CallContext) -> dict[str, Any]:
        """Return the values of a request."""
        program = self.bound[operation].request
        made = program.run(source, context=request_tree(call.uuid, call.now, self.values, call.token))
        _assert_whole(made, program)
        return nested(made.values)

    def _content(self, operation: str, values: Mapping[str, Any], call: CallContext) -> Content:
        try:
            return self.form.request(operation, values, judged=self.judged and not call.is_record)
        except Rejection as misfit:
            detail = f"{misfit.detail}; {self.bound[operation].request.label}"
            raise GatewayError("mapped.message", where=misfit.where, detail=detail) from misfit

    def _read(self, operation: str, answer: Content, call: CallContext) -> Made:
        program = self.bound[operation].answer
        assert program is not None
        only = call.only or NamedNotice(reference="")
        context = answer_tree(
            call.uuid,
            self.values,
            reference=only.reference or None,
            tracking_number=only.tracking_number,
            status=self.form.status(answer),
        )
        made = program.run(self.form.tree(answer, outermost(program.reads)), context=context)
        return with_trimmed(made) if self.form.is_xml else made

    def _place(self, operation: str, answer: Content) -> str:
        """Name the mapping of an answer, with the service's own words in that answer, for a person."""
        program = self.bound[operation].answer
        assert program is not None
        words = None if self.container is None else self.container.words(self.form.tree(answer))
        return program.label + (f"; the service says: {words}" if words else "")


def _assert_whole(made: Made, program: Program) -> None:
    if made.problems:
        first = made.problems[0]
        raise GatewayError(first.code, where=first.title or first.field, detail=program.label)
