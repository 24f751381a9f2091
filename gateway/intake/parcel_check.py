"""Check at intake: is a notice about a parcel that the asset register names as the municipality's own?

Such a notice would be one that the municipality serves on itself, so its row is refused. The register is asked outside
any transaction, before anything is sealed. Within a pass each parcel is asked about once. If the register is away, or
gives unusable answers alone, no further one is asked about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from gateway.notice.notice import Notice
from gateway.notice.renovation_code import renovation_code
from gateway.record.evidence_record import EvidenceRecord
from gateway.record.parcel_answer import FINDING, FOUND_AT, LOOKUP, AssetLookup, ParcelAnswer, ParcelFinding
from gateway.runtime.clock import Clock, timestamp
from gateway.runtime.errors import CATALOGUE, GatewayError
from gateway.runtime.pass_report import PassReport
from gateway.store.stored import Payload

OWN_PARCEL: Final = "notice.own-parcel"
NO_ANSWER: Final = "notice.register-silent"

REGISTER_CODES: Final = frozenset({OWN_PARCEL, NO_ANSWER})
"""Codes of refusals by the register's answer, or for lack of one."""

NOT_ASKED: Final = "asset-register.not-asked"
"""Code of the lack of an answer about a parcel that was not asked about, since the register gave none just before."""

UNUSABLE: Final = "asset-register.answer"
"""Code of an answer that says nothing about its parcel. The register may still know others."""

MOST_UNUSABLE: Final = 8
"""After so many unusable answers in a row a pass asks no more."""

ORIGIN: Final = "asset-register"
"""The register's name in evidence."""


class AssetRegister(Protocol):
    """Port to the register of municipal property."""

    @property
    def name(self) -> str:
        """Return its address, for evidence."""
        ...

    @property
    def at_once(self) -> int:
        """Return the most parcels that it is asked about at a time."""
        ...

    def look_up(self, parcels: Sequence[str]) -> Sequence[ParcelAnswer | GatewayError]:
        """Return an answer for each of at most `at_once` parcels, or the error of a call without one; in order.

        It raises nothing for a call that fails.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelPolicy:
    """Register, and what follows from its answers.

    If it ``waits``, a row waits for an answer; otherwise it is admitted without one. ``own`` are the identifiers of the
    municipality and its organisations: only notices to these are refused. Without any, every notice about a municipal
    parcel is.
    """

    register: AssetRegister
    waits: bool = False
    own: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Recordable:
    """Lookup with its record's id; ``recorded`` once a commit has written it."""

    lookup: AssetLookup
    id: str
    recorded: bool = False


@dataclass(slots=True)
class Recording:
    """Evidence that a commit has to write: records of lookups with payloads, and links from them to notices."""

    records: list[EvidenceRecord] = field(default_factory=list)
    payloads: list[Payload] = field(default_factory=list)
    links: dict[str, list[str]] = field(default_factory=dict)


class ParcelCheck:
    """Check of the rows of one pass of one source. Without a ``policy`` nothing is asked, and evidence says so."""

    def __init__(self, policy: ParcelPolicy | None, source: str, clock: Clock, report: PassReport) -> None:
        self._policy, self._source, self._clock, self._report = policy, source, clock, report
        self._answers: dict[str, ParcelAnswer] = {}
        self._lookups: dict[str, _Recordable] = {}
        self._gave_up = False
        self._unusable = 0
        """Unusable answers in a row."""

    def look_up(self, notices: Iterable[Notice]) -> None:
        """Ask about the parcels of these notices, as far as this pass has not yet. Raises nothing."""
        if self._policy is None:
            return
        parcels = dict.fromkeys(code for each in notices if (code := renovation_code(each.renovation_code)))
        missing = [parcel for parcel in parcels if parcel not in self._answers]
        answers = [each for group in self._groups(missing) for each in self._ask(group)]
        if not answers:
            return
        lookup = AssetLookup(register=self._policy.register.name, source=self._source, answers=answers)
        recordable = _Recordable(lookup, lookup.id)
        self._answers |= {each.parcel: each for each in answers}
        self._lookups |= {each.parcel: recordable for each in answers}

    def refusal_of(self, notice: Notice) -> tuple[str, str] | None:
        """Return code and Persian reason if the register's answer, or the lack of one, refuses the notice."""
        self.look_up([notice])
        if self._policy is None or (answer := self._answer(notice)) is None:
            return None
        if answer.finding is ParcelFinding.SILENT and self._policy.waits:
            code = NO_ANSWER
        elif answer.finding is ParcelFinding.MUNICIPAL and self._is_ours(notice):
            code = OWN_PARCEL
        else:
            return None
        entry = CATALOGUE[code]
        return code, f"{entry.fa} کد نوسازی: «{answer.parcel}». {entry.remedy_fa}"

    def told(self, notice: Notice) -> dict[str, str]:
        """Return the entries of a seal's context."""
        if self._policy is None:
            return {FINDING: ParcelFinding.NOT_CONFIGURED}
        if (answer := self._answer(notice)) is None:
            return {FINDING: ParcelFinding.NO_CODE}
        at = timestamp(answer.answered_at)
        return {FINDING: answer.finding, FOUND_AT: at, LOOKUP: self._lookups[answer.parcel].id}

    def recording(self, admitted: Sequence[Notice], refused: Sequence[Notice] | None, now: datetime) -> Recording:
        """Return the evidence of lookups: of those from which these admissions and refusals follow; of all if the rows
        were judged for the first time (``refused`` is None).

        It counts as recorded from now on: if the commit fails, the pass ends.
        """
        found = Recording()
        answers = [answer for notice in (*admitted, *(refused or ())) if (answer := self._answer(notice)) is not None]
        for parcel in self._lookups if refused is None else [each.parcel for each in answers]:
            known = self._lookups[parcel]
            if not known.recorded:
                known.recorded = True
                record = known.lookup.record(ORIGIN, now)
                found.records.append(record)
                found.payloads.append(Payload(digest=record.payload_digest, octets=known.lookup.octets))
        for notice in admitted:
            if (answer := self._answer(notice)) is not None:
                found.links.setdefault(self._lookups[answer.parcel].id, []).append(notice.reference)
        return found

    def _answer(self, notice: Notice) -> ParcelAnswer | None:
        return self._answers.get(renovation_code(notice.renovation_code) or "")

    def _is_ours(self, notice: Notice) -> bool:
        own = self._policy.own if self._policy else frozenset()
        return not own or notice.recipient.identifier in own

    def _groups(self, parcels: Sequence[str]) -> Iterator[Sequence[str]]:
        size = self._policy.register.at_once if self._policy else 1
        return (parcels[start : start + size] for start in range(0, len(parcels), size))

    def _ask(self, parcels: Sequence[str]) -> list[ParcelAnswer]:
        assert self._policy is not None
        began = self._clock()
        if self._gave_up:
            return [_silent(each, began, began, NOT_ASKED) for each in parcels]
        came = self._policy.register.look_up(parcels)
        ended = self._clock()
        answers = [
            _silent(parcel, began, ended, each.code) if isinstance(each, GatewayError) else each
            for parcel, each in zip(parcels, came, strict=True)
        ]
        failed = [each for each in came if isinstance(each, GatewayError)]
        self._report.counts["parcels_asked"] += len(parcels)
        self._report.errors += failed[:1]
        if failed:
            self._report.counts["parcels_without_answer"] += len(failed)
        self._unusable = self._unusable + len(failed) if len(failed) == len(came) else 0
        is_away = any(each.code != UNUSABLE for each in failed)
        self._gave_up = self._unusable > 0 and (is_away or self._unusable >= MOST_UNUSABLE)
        return answers


def _silent(parcel: str, asked_at: datetime, until: datetime, code: str) -> ParcelAnswer:
    return ParcelAnswer(parcel=parcel, finding=ParcelFinding.SILENT, asked_at=asked_at, answered_at=until, error=code)
