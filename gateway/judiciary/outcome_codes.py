"""Status words of a judiciary and their meaning for us. An unlisted word remains unknown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Final, TypeVar, assert_never

from gateway.judiciary.courier import (
    UNCLEAR,
    Accepted,
    Deferred,
    NoAccount,
    NotKnown,
    Outcome,
    Pending,
    Rejected,
    Standing,
    TicketStanding,
    Unknown,
)

MAX_RETRY_AFTER: Final = timedelta(days=1)
"""Upper bound of the wait for a deferred notice, whatever the judiciary asks for."""


OUR_CREDENTIALS: Final = frozenset(
    {
        "verify.algorithm",
        "verify.certificate-validity",
        "verify.coverage",
        "verify.digest",
        "verify.not-canonical",
        "verify.password-in-clear",
        "verify.reference",
        "verify.revocation-unknown",
        "verify.revoked",
        "verify.signature",
        "verify.token-missing",
        "verify.token-password",
        "verify.transform",
        "verify.unknown-certificate",
        "verify.unsigned",
    }
)
"""Codes, in our published contracts, for a refused signature, certificate or password of the sender.

In faults they concern the message, in results the seal.
"""


TOO_LATE: Final = frozenset({"verify.expired", "verify.stale"})
"""Codes, in our published contracts, for a message that came too late. It is sent again once its absence is proven."""


class Meaning(StrEnum):
    """Meaning of a status."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    NO_ACCOUNT = "no-account"
    DEFERRED = "deferred"
    PENDING = "pending"
    NOT_KNOWN = "not-known"


def _usual() -> Mapping[str, Meaning]:
    return {meaning.name: meaning for meaning in Meaning if meaning is not Meaning.PENDING}


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeTable:
    """Table of a judiciary's codes: ``statuses`` are those of results, all others are codes of signed faults.

    A fault leaves doubt: the message may have arrived twice, and the fault may answer only the second copy.
    ``not_acted_on`` are faults without this doubt, from a service that answers them only after its replay check.

    The step after proof of absence depends on the code. After ``busy`` and ``expired`` the message may be sent again.
    A message refused for its form (``schema``) or for our certificates, signatures or passwords (``credentials``) would
    be refused again. ``busy`` also pauses calls to the endpoint.

    ``reasons`` are Persian texts for clerks by the code of a rejection; an absent code keeps the judiciary's own words.
    """

    statuses: Mapping[str, Meaning] = field(default_factory=_usual)
    not_acted_on: frozenset[str] = frozenset()
    busy: frozenset[str] = frozenset({"busy"})
    expired: frozenset[str] = TOO_LATE
    schema: frozenset[str] = frozenset({"verify.schema"})
    credentials: frozenset[str] = OUR_CREDENTIALS
    reasons: Mapping[str, str] = field(default_factory=dict)

    def passes_by_itself(self, fault: str | None) -> bool:
        """True if a message that met this fault may be sent again without a person, once its absence is proven."""
        return fault in self.busy or fault in self.expired

    def needs_person(self, fault: str | None) -> bool:
        """True if a message that met this fault would be refused again."""
        return fault in self.schema or fault in self.credentials

    def reason_of(self, told: ContractResult) -> str:
        """Return the reason for a rejection in words for a clerk."""
        return self.reasons.get(told.code or "") or told.text or ""


MAX_WORDS: Final = 300
"""Most characters of the judiciary's words beside an unknown status."""

USUAL_CODES: Final = CodeTable()
"""Table of the contracts that we publish."""

MAPPED_CODES: Final = CodeTable(statuses={meaning.name: meaning for meaning in Meaning})
"""Table of the words that mappings make of answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractResult:
    """Result as a contract has it; absent values are None."""

    status: str | None
    tracking_number: str | None = None
    code: str | None = None
    text: str | None = None
    retry_after: timedelta | None = None
    ticket: str | None = None


T = TypeVar("T")

Results = Mapping[str, Sequence[ContractResult]]
"""Results in a response, by reference."""


def outcomes_by(results: Results, references: Sequence[str], codes: CodeTable) -> dict[str, Outcome]:
    """Return the outcome for each reference; unknown unless it has exactly one result."""
    return _each(results, references, lambda told: outcome_of(told, codes))


def standings_by(results: Results, references: Sequence[str], codes: CodeTable) -> dict[str, Standing]:
    """Return the standing of each reference; unknown unless it has exactly one result."""
    return _each(results, references, lambda told: standing_of(told, codes))


def ticket_standing_by(results: Results, reference: str, codes: CodeTable) -> TicketStanding:
    """Return the standing of a ticket by the only result about its notice; unknown if there is another number."""

    def read(told: ContractResult) -> TicketStanding:
        if codes.statuses.get(told.status or "") is Meaning.PENDING:
            return Pending(retry_after=_wait(told))
        return _read(told, codes)

    return _each(results, [reference], read)[reference]


def _each(results: Results, references: Sequence[str], read: Callable[[ContractResult], T]) -> dict[str, T | Unknown]:
    told: dict[str, T | Unknown] = {}
    for reference in references:
        found = results.get(reference, ())
        doubtful = Unknown(code=UNCLEAR, detail=f"{len(found)} results")
        told[reference] = read(found[0]) if len(found) == 1 else doubtful
    return told


def outcome_of(told: ContractResult, codes: CodeTable) -> Outcome:
    """Read a result of a submission; "not known" counts as unknown."""
    standing = _read(told, codes)
    return _unknown(told) if isinstance(standing, NotKnown) else standing


def standing_of(told: ContractResult, codes: CodeTable) -> Standing:
    """Read a result of an inquiry; "deferred" counts as unknown."""
    outcome = _read(told, codes)
    return _unknown(told) if isinstance(outcome, Deferred) else outcome


def _read(told: ContractResult, codes: CodeTable) -> TicketStanding:
    match meaning := codes.statuses.get(told.status or ""):
        case Meaning.ACCEPTED:
            return Accepted(tracking_number=told.tracking_number) if told.tracking_number else _unknown(told)
        case Meaning.REJECTED:
            return Rejected(code=told.code, text=codes.reason_of(told)) if told.code else _unknown(told)
        case Meaning.NO_ACCOUNT:
            return NoAccount()
        case Meaning.DEFERRED:
            return Deferred(code=told.code or "deferred", retry_after=_wait(told))
        case Meaning.PENDING:
            # Without a ticket nobody could ask again.
            return Pending(ticket=told.ticket, retry_after=_wait(told)) if told.ticket else _unknown(told)
        case Meaning.NOT_KNOWN:
            return NotKnown()
        case None:
            return _unknown(told)
        case _:
            assert_never(meaning)


def _wait(told: ContractResult) -> timedelta | None:
    return None if told.retry_after is None else min(told.retry_after, MAX_RETRY_AFTER)


def _unknown(told: ContractResult) -> Unknown:
    words = ": ".join(filter(None, (told.code, (told.text or "")[:MAX_WORDS])))
    detail = f"status {told.status}" + (f"; the service says {words}" if words else "")
    return Unknown(code=UNCLEAR, detail=detail)
