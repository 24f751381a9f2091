"""Trial of each operation of a profile: request, the contract's verdict, a sample answer, and what is read of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from adapters.judiciary.call_context import CallContext, new_call
from adapters.judiciary.mapped.contract import MappedContract
from adapters.judiciary.mapped.profile_binding import kinds_of, most_notices, sections_of
from adapters.judiciary.mapped.xml_form import XmlForm
from adapters.judiciary.operations import CONFIRM_RECEIPTS, FETCH_RECEIPTS, LOGIN
from adapters.judiciary.trial.answer_reading import SESSION, AnswerReader, Reading
from adapters.judiciary.trial.answer_words import known_words, names_of, written_times
from adapters.judiciary.trial.contract_echo import Echo, echo_of
from adapters.judiciary.trial.file_bound import STAND_IN
from adapters.judiciary.trial.sample_notice import sample_notice
from adapters.settings import JudiciaryProfile
from adapters.settings.profile_sections.operations import OperationSection
from gateway.judiciary.courier import (
    NamedNotice,
    Operation,
    SealSlice,
)
from gateway.runtime.errors import GatewayError

NUMBER: Final = "1"
"""The judiciary's number of the sample notice, where the contract's own form of it is not known."""


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
    """Trial of a profile with one notice; a request that may be about several has a sample behind it.

    ``answers`` are files with answers by operation (a key of `_KEYS`).
    """

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
                echo.read(section, file) if file else echo.answer(section, ours, self._given(section.answer, call))
            )
            self.contract.assert_answers(ours, answer)
            step = "answer"
            if ours == LOGIN:
                given, ends_at = self.contract.session(answer, call)
                return TriedOperation(**done, token=given, readings=[Reading(word=SESSION, until=ends_at)])
            reader = self._reader
            done["words"] = list(reader.words(ours, section.answer, answer, call))
            done["readings"] = reader.readings(ours, answer, call)
        except (GatewayError, OSError) as error:
            told = error if isinstance(error, GatewayError) else GatewayError("profile.sample", detail=str(error))
            return TriedOperation(**done, error=told, step=step)
        return TriedOperation(**done)

    @property
    def _reader(self) -> AnswerReader:
        return AnswerReader(profile=self.profile, contract=self.contract, reference=self.notice.reference)

    def _call(self, ours: str, number: str) -> CallContext:
        notices = [NamedNotice(reference=self.notice.reference, tracking_number=number)]
        call = new_call(self.now, notices)
        if ours == FETCH_RECEIPTS and not self.contract.polls:
            return CallContext(id=call.id, now=call.now, cursor="", limit=10)  # the first page
        return call

    def _request(self, ours: str, call: CallContext, ticket: str) -> Any:
        contract, notices = self.contract, [self.notice]
        if most_notices(self.profile).get(ours, ("", 1))[1] > 1:
            notices.append(sample_notice(number=2))
        references = [each.reference for each in notices]
        if ours == Operation.SUBMIT.value:
            return contract.submission(notices, call).content
        if ours == Operation.INQUIRE_STATUS.value:
            return contract.inquiry(references, call)
        if ours == Operation.INQUIRE_TICKET.value:
            return contract.ticket_question(self.notice.reference, ticket, call)
        if ours == LOGIN:
            return contract.login(STAND_IN, STAND_IN, call)
        if ours == CONFIRM_RECEIPTS:
            return contract.confirmation([NUMBER], call)
        if not contract.polls:
            return contract.page(call)
        number = call.notices[0].tracking_number
        return contract.poll([NamedNotice(reference=each, tracking_number=number) for each in references], call)

    def _given(self, file: str, call: CallContext) -> dict[str, str]:
        """Return texts of a sample answer by an element's name: our reference, a good code, an echo of the call."""
        own = self._reader.receipt_mapping(FETCH_RECEIPTS)
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
