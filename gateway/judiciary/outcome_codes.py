"""A judiciary's words for what became of a notice, and what they mean to us. A word that is not here stays unknown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Final, TypeVar, assert_never

from gateway.judiciary.courier import Accepted, Deferred, NoAccount, NotKnown, Outcome, Rejected, Standing, Unknown

MAX_RETRY_AFTER: Final = timedelta(days=1)
"""Whatever the judiciary says, a deferred notice is looked at again after a day."""


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
"""Codes of the contracts that we publish for a signature, certificate or password of the sender's that is not
accepted: of a message in faults, of a seal in results."""


class Meaning(StrEnum):
    """What a status can mean."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    NO_ACCOUNT = "no-account"
    DEFERRED = "deferred"
    NOT_KNOWN = "not-known"


def _usual() -> Mapping[str, Meaning]:
    return {meaning.name: meaning for meaning in Meaning}


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeTable:
    """``statuses`` are those of results, all else are codes of signed faults.

    A fault leaves doubt: the same message may have come twice, and only the second copy be answered by it.
    ``not_acted_on`` are those that leave none, of a service that answers so only after its replay check.

    What follows once absence is proven depends on the code: after ``busy`` and ``expired`` the message may be sent
    again; what the service refuses for its form (``schema``) or for our certificates, signatures or passwords
    (``credentials``) would be refused again. ``busy`` also says that the endpoint is to be left in peace.

    ``reasons`` are Persian texts for clerks by the code of a rejection; a code that is not there keeps the judiciary's
    own words.
    """

    statuses: Mapping[str, Meaning] = field(default_factory=_usual)
    not_acted_on: frozenset[str] = frozenset()
    busy: frozenset[str] = frozenset({"busy"})
    expired: frozenset[str] = frozenset({"verify.expired", "verify.stale"})
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
        """Return why a notice was rejected, as a clerk reads it."""
        return self.reasons.get(told.code or "") or told.text or ""


USUAL_CODES: Final = CodeTable()
"""Those of the contracts that we publish."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractResult:
    """A result as a contract has it; what it leaves out is None."""

    status: str | None
    tracking_number: str | None = None
    code: str | None = None
    text: str | None = None
    retry_after: timedelta | None = None


T = TypeVar("T")

Results = Mapping[str, Sequence[ContractResult]]
"""What an answer tells, by reference."""


def outcomes_by(results: Results, references: Sequence[str], codes: CodeTable) -> dict[str, Outcome]:
    """Return what became of each reference; one that has not one result of its own is unknown."""
    return _each(results, references, lambda told: outcome_of(told, codes))


def standings_by(results: Results, references: Sequence[str], codes: CodeTable) -> dict[str, Standing]:
    """Return where each reference stands; one that has not one result of its own is unknown."""
    return _each(results, references, lambda told: standing_of(told, codes))


def _each(results: Results, references: Sequence[str], read: Callable[[ContractResult], T]) -> dict[str, T | Unknown]:
    told: dict[str, T | Unknown] = {}
    for reference in references:
        found = results.get(reference, ())
        doubtful = Unknown(code="courier.incomplete-answer", detail=f"{len(found)} results")
        told[reference] = read(found[0]) if len(found) == 1 else doubtful
    return told


def outcome_of(told: ContractResult, codes: CodeTable) -> Outcome:
    """Return what a result of a submission is."""
    standing = _read(told, codes)
    return _unknown(told) if isinstance(standing, NotKnown) else standing


def standing_of(told: ContractResult, codes: CodeTable) -> Standing:
    """Return what a result of an inquiry is."""
    outcome = _read(told, codes)
    return _unknown(told) if isinstance(outcome, Deferred) else outcome


def _read(told: ContractResult, codes: CodeTable) -> Outcome | NotKnown:
    match meaning := codes.statuses.get(told.status or ""):
        case Meaning.ACCEPTED:
            return Accepted(tracking_number=told.tracking_number) if told.tracking_number else _unknown(told)
        case Meaning.REJECTED:
            return Rejected(code=told.code, text=codes.reason_of(told)) if told.code else _unknown(told)
        case Meaning.NO_ACCOUNT:
            return NoAccount()
        case Meaning.DEFERRED:
            wait = None if told.retry_after is None else min(told.retry_after, MAX_RETRY_AFTER)
            return Deferred(code=told.code or "deferred", retry_after=wait)
        case Meaning.NOT_KNOWN:
            return NotKnown()
        case None:
            return _unknown(told)
        case _:
            assert_never(meaning)


def _unknown(told: ContractResult) -> Unknown:
    return Unknown(code="courier.incomplete-answer", detail=f"status {told.status}")
