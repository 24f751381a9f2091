"""Drafts of the mappings that read answers: outcomes, standings, tickets, sessions and events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from adapters.judiciary.skeleton.container_guess import ContainerGuess
from adapters.judiciary.skeleton.guesses import Path, telling
from adapters.judiciary.skeleton.mapping_draft import MappingDraft, first_list, readable
from adapters.judiciary.skeleton.survey import SurveyedOperation
from adapters.judiciary.skeleton.written_names import dotted, in_expression, quoted
from gateway.judiciary.capabilities import ReceiptWay
from gateway.judiciary.paging import PagingWay
from gateway.mapping.model.schema import Group, Leaf, leaves
from gateway.mapping.model.values import Type
from gateway.runtime.toml_file import BLANK

_OUTCOMES: Final = "ACCEPTED, REJECTED, NO_ACCOUNT, DEFERRED, UNKNOWN"
_STANDINGS: Final = "ACCEPTED, REJECTED, NO_ACCOUNT, NOT_KNOWN, UNKNOWN"
_OF_TICKET: Final = "ACCEPTED, REJECTED, NO_ACCOUNT, DEFERRED, NOT_KNOWN, PENDING, UNKNOWN"
_EVENTS: Final = (
    "ContentConsignment (arrived), ContentHandover (viewed), LegalService (served by law), ContentConsignmentFailure, "
    "NONE (nothing yet)"
)
_WHEN_TOLD: Final = "when = {{ expression = {} }}"

Found = tuple[Path, Leaf]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerDrafts:
    """Drafts of answers under one contract. ``has_tickets``: a submission may be answered by a ticket."""

    is_json: bool
    container: ContainerGuess | None
    has_tickets: bool

    def outcome(self, operation: SurveyedOperation) -> str:
        """Return the text of ``outcome.toml``."""
        words = f"{_OUTCOMES}, PENDING" if self.has_tickets and self.is_json else _OUTCOMES
        draft = self._begun("outcome", "answer-to-outcome", operation)
        draft.begin_repeat("results", None)
        paths = readable(operation.answer)
        if self.has_tickets and not self.is_json:
            ticket = telling("ticket", paths)
            place = BLANK if ticket is None else in_expression(ticket[0])
            when = _WHEN_TOLD.format(quoted(f"{place} != `null`"))
            draft.field("repeat.field", "status", 'value = "PENDING"', when)
        self._status(draft, operation, words, None)
        self._details(draft, paths, with_ticket=self.has_tickets)
        return draft.text

    def standing(self, operation: SurveyedOperation) -> str:
        """Return the text of ``standing.toml``."""
        words = f"{_STANDINGS}, PENDING" if self.has_tickets else _STANDINGS
        draft = self._begun("standing", "answer-to-standing", operation)
        draft.begin_repeat("results", None)
        paths = readable(operation.answer)
        fails_alone = self.container is not None and self.container.only_if_failed
        self._status(draft, operation, words, telling("state", self._good(paths)) if fails_alone else None)
        self._details(draft, paths, with_ticket=self.has_tickets and telling("ticket", paths) is not None)
        return draft.text

    def ticket(self, operation: SurveyedOperation) -> str:
        """Return the text of ``ticket-answer.toml``."""
        draft = self._begun("ticket-answer", "answer-to-ticket", operation)
        draft.begin_repeat("results", None)
        paths = readable(operation.answer)
        self._status(draft, operation, _OF_TICKET, telling("state", self._good(paths)))
        self._details(draft, paths, with_ticket=False)
        return draft.text

    def session(self, operation: SurveyedOperation) -> str:
        """Return the text of ``session.toml``."""
        draft = self._begun("session", "answer-to-session", operation)
        in_headers = [each for each in leaves(operation.answer) if each[0][0] == "header"]
        paths = [*self._good(readable(operation.answer)), *in_headers]
        token = draft.read("token", paths) or [f"from = {quoted(BLANK)}"]
        draft.field("field", "token", *token, "required = true")
        if (end := draft.read_time("ends_at", paths)) is not None:
            draft.field("field", "ends_at", *end)
        elif (lifetime := draft.read("lifetime_seconds", paths, Type.INTEGER)) is not None:
            draft.field("field", "lifetime_seconds", *lifetime)
        else:
            remark = "or leave it out, and write lifetime_seconds in [session]"
            draft.field("field", "ends_at", f"from = {quoted(BLANK)}    # {remark}", 'do = ["jalali-time"]')
        return draft.text

    def events(self, name: str, operation: SurveyedOperation, way: ReceiptWay, paging: PagingWay) -> str:
        """Return the text of the file that reads events out of a status or a page."""
        draft = self._begun(name, "answer-to-status", operation)
        good = _body(operation.answer) if self.is_json else operation.answer
        listed = first_list(good)
        paths = list(leaves(listed[1])) if listed else self._good(readable(good))
        if texts := [path for path, leaf in paths if leaf.many]:
            draft.remark(
                f"{dotted(texts[0])} is a list of single values: if each is a signed receipt, see forms of receipts in"
                " judiciary-profiles.md.",
                "",
            )
        event = telling("event", paths) or telling("code", paths)
        choices = event[1].choices if event is not None and event[1].choices else ()
        draft.begin_repeat("receipts", dotted(listed[0]) if listed else None)
        table = draft.told("event", tuple(choices), _EVENTS, '"refuse"')
        source = BLANK if event is None else dotted(event[0])
        draft.field("repeat.field", "event", f"from = {quoted(source)}", _lookup(table), "required = true")
        blank = [f"from = {quoted(BLANK)}    # the day and time of it", 'do = ["jalali-time"]']
        time = draft.read_time("event_time", [each for each in paths if each != event])
        draft.field("repeat.field", "event_time", *(time or blank))
        for what in ("reference", "tracking_number"):
            found = draft.read(what, paths)
            if found is not None or way is ReceiptWay.CURSOR:
                draft.field("repeat.field", what, *(found or [f"from = {quoted(BLANK)}", "required = true"]))
        if way is ReceiptWay.CURSOR:
            self._page(draft, readable(operation.answer), paging)
        return draft.text

    def _page(self, draft: MappingDraft, paths: Sequence[Found], paging: PagingWay) -> None:
        wants = {"cursor": Type.TEXT, "more": Type.BOOLEAN} if paging is PagingWay.CURSOR else {"more": Type.BOOLEAN}
        wants |= {"pages": Type.INTEGER} if paging in (PagingWay.NUMBER, PagingWay.DAY) else {}
        for what, type_ in wants.items():
            if (found := draft.read(what, paths, type_)) is not None:
                draft.field("field", what, *found)

    def _begun(self, name: str, kind: str, operation: SurveyedOperation) -> MappingDraft:
        draft = MappingDraft(name, kind, is_json=self.is_json)
        told = f"The answer to {operation.name}:"
        if not self.is_json:
            told += " (Values of an answer in XML are texts: base64-decode, boolean, integer and times read them.)"
        draft.list_elements(told, operation.answer)
        return draft

    def _good(self, paths: Sequence[Found]) -> Sequence[Found]:
        """Return the paths that an answer has which succeeded."""
        if self.is_json:
            return [each for each in paths if each[0][0] != "problem"]
        return paths if self.container is None else self.container.outside(paths)

    def _status(self, draft: MappingDraft, operation: SurveyedOperation, words: str, state: Found | None) -> None:
        """Draft the status: of a ``state`` that an answer may tell, and else of its HTTP status or its code."""
        if state is not None:
            table = draft.told("state", tuple(state[1].choices or ()), words, '{ value = "UNKNOWN" }')
            place = dotted(state[0])
            when = _WHEN_TOLD.format(quoted(f"{in_expression(state[0])} != `null`"))
            draft.field("repeat.field", "status", f"from = {quoted(place)}    # a guess", _lookup(table), when)
        if self.is_json:
            choices: Sequence[object] = [str(status) for status in operation.statuses]
            source, remark = "$answer.status", ""
        else:
            code = telling("code", readable(operation.answer))
            choices = tuple(code[1].choices or ()) if code is not None else ()
            source, remark = (BLANK, "") if code is None else (dotted(code[0]), "    # a guess")
        table = draft.told("status", choices, words, '{ value = "UNKNOWN" }')
        draft.field("repeat.field", "status", f"from = {quoted(source)}{remark}", _lookup(table), "required = true")

    def _details(self, draft: MappingDraft, paths: Sequence[Found], *, with_ticket: bool) -> None:
        """Draft code, numbers and words of a result."""
        if (code := telling("code", paths)) is not None:
            steps = [] if self.is_json and code[1].type is not Type.INTEGER else ['do = ["number"]']
            draft.field("repeat.field", "code", f"from = {quoted(dotted(code[0]))}    # a guess", *steps)
        if with_ticket:
            draft.field("repeat.field", "ticket", *(draft.read("ticket", paths) or [f"from = {quoted(BLANK)}"]))
        if self.has_tickets:
            paths = [each for each in paths if each != telling("ticket", paths)]
        if (found := draft.read("tracking_number", paths)) is not None:
            draft.field("repeat.field", "tracking_number", *found)
        if (said := telling("text", paths)) is not None:
            cut = 'do = [{ name = "cut", end = 2000 }]'
            draft.field("repeat.field", "text", f"from = {quoted(dotted(said[0]))}", cut)


def _body(answer: Group) -> Group:
    """Return an answer over HTTP without what stands there only after a failure."""
    return replace(answer, members={name: each for name, each in answer.members.items() if name == "body"})


def _lookup(table: str) -> str:
    return f'do = [{{ name = "lookup", table = {quoted(table)} }}]'
