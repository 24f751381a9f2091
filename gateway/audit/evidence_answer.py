"""Answer of an evidence file to a court's question: was the notice served, on which day, and how?

The answer rests on the checks of the recipe. A doubt that does not affect the question is listed beside the answer.
Examples are messages present only by their digests, since they also carried other notices, and revocation lists for
certificates of time authorities.
Any FAILED check leaves no answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from gateway.audit.evidence_audit import EvidenceAudit
from gateway.audit.evidence_recipe import BESIDE, EvidenceCheck
from gateway.evidence.evidence_file import record_name
from gateway.notice.delivery_state import DeliveryEvent
from gateway.notice.legal_effect import (
    EFFECT_NAMES,
    Effect,
    ServiceDate,
    day_in_words,
    moment_in_words,
    persian_digits,
    service,
)
from gateway.record.evidence_record import Header
from gateway.runtime.bilingual import Words
from gateway.runtime.clock import TEHRAN, parse_timestamp
from gateway.runtime.verdict import Verdict

ESTABLISHED: Final[Mapping[Verdict, Words]] = {
    Verdict.PASSED: Words(en="established", fa="احراز شد"),
    Verdict.INDETERMINATE: Words(en="cannot be established", fa="قابل احراز نیست"),
    Verdict.FAILED: Words(en="failed", fa="رد شد"),
}
_FAILED: Final = Words(
    en="Something does not hold: do not rely on this file.",
    fa="دست‌کم یک بررسی رد شد: به این پرونده نمی‌توان استناد کرد.",
)
_NOT_VIEWED: Final = Words(en=" (no receipt of viewing is here)", fa=" (رسیدی از رؤیت در پرونده نیست)")
_NOT_ARRIVED: Final = Words(en=" (no receipt of arrival is here)", fa=" (رسیدی از وصول در پرونده نیست)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Answer for the service of one notice, in a sentence.

    PASSED: service is established. INDETERMINATE: it cannot be established, because of ``doubts`` or a missing receipt.
    FAILED: a check of the file failed.
    """

    reference: str
    verdict: Verdict
    service: ServiceDate | None
    said: Words
    doubts: tuple[EvidenceCheck, ...] = ()


def answers(audit: EvidenceAudit) -> tuple[Answer, ...]:
    """Return the answer for each notice, in the file's order; none if the file could not be read."""
    notices = audit.index.notices if audit.index else ()
    found = _Found.of(audit)
    return tuple(_answer(audit, found, each.reference) for each in notices)


def headline(audit: EvidenceAudit) -> tuple[Verdict, Words]:
    """Return the worst verdict of all notices, and the first sentence of the report."""
    found = answers(audit)
    if audit.verdict is Verdict.FAILED or not found:
        return Verdict.FAILED, _FAILED
    if len(found) == 1:
        return found[0].verdict, found[0].said
    counted = {verdict: sum(each.verdict is verdict for each in found) for verdict in ESTABLISHED}
    told = [(number, ESTABLISHED[verdict]) for verdict, number in counted.items() if number]
    worst = Verdict.INDETERMINATE if counted[Verdict.INDETERMINATE] else Verdict.PASSED
    english = ", ".join(f"{words.en}: {number}" for number, words in told)
    persian = "، ".join(f"{words.fa}: {persian_digits(str(number))}" for number, words in told)
    return worst, Words(
        en=f"What became of {len(found)} notices; {english}.",
        fa=f"نتیجه ابلاغ {persian_digits(str(len(found)))} ابلاغیه؛ {persian}.",
    )


def is_beside(audit: EvidenceAudit, check: EvidenceCheck) -> bool:
    """Return True if a check does not affect the answer, by its nature or in all that it leaves open."""
    if audit.verdict_of(check) is Verdict.FAILED:
        return False
    found = [each for each in audit.findings if each.check is check]
    return check in BESIDE or (bool(found) and all(each.beside for each in found))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """Findings of a file as all its answers need them. ``doubts`` have the notices that they concern; None: all."""

    verdict: Verdict
    headers: Mapping[str, Header]
    doubts: Mapping[EvidenceCheck, frozenset[str] | None]

    @classmethod
    def of(cls, audit: EvidenceAudit) -> _Found:
        about = {record_name(place): header.notice for place, header in audit.headers.items()}
        doubts: dict[EvidenceCheck, frozenset[str] | None] = {}
        for check, verdict in audit.verdicts.items():
            if check in BESIDE or verdict is Verdict.PASSED:
                continue
            found = [each for each in audit.findings if each.check is check]
            concerned = {_concerned(each.subject, about) for each in found if not each.beside}
            if not found or concerned:
                doubts[check] = None if not found or None in concerned else frozenset(filter(None, concerned))
        return cls(
            verdict=audit.verdict,
            headers={header.id: header for header in audit.headers.values()},
            doubts=doubts,
        )


def _concerned(subject: str, about: Mapping[str, str | None]) -> str | None:
    """Return the notice that a finding belongs to; None if it may concern any."""
    folder, _, rest = subject.partition("/")
    if folder == "notices":
        return rest.partition("/")[0]
    return about.get(subject)


def _answer(audit: EvidenceAudit, found: _Found, reference: str) -> Answer:
    receipts = audit.outcomes.get(reference, {})
    times = {
        event: parse_timestamp(found.headers[record].event_time)
        for event, record in receipts.items()
        if record in found.headers
    }
    by_law = times.get(DeliveryEvent.LEGAL_SERVICE)
    served = service(times.get(DeliveryEvent.CONTENT_CONSIGNMENT), times.get(DeliveryEvent.CONTENT_HANDOVER), by_law)
    if found.verdict is Verdict.FAILED:
        return Answer(reference=reference, verdict=Verdict.FAILED, service=served, said=_FAILED)
    doubts = tuple(check for check, concerned in found.doubts.items() if concerned is None or reference in concerned)
    proven = bool(receipts) and set(receipts.values()) <= audit.proven
    verdict = Verdict.PASSED if proven and not doubts else Verdict.INDETERMINATE
    failure = times.get(DeliveryEvent.CONTENT_CONSIGNMENT_FAILURE)
    if served is not None:
        said = _of_service(served, verdict, by_law)
    elif failure is not None:
        when, ends = moment_in_words(failure), ESTABLISHED[verdict]
        said = Words(
            en=f"Not served electronically; delivery to the account failed on {when.en}: {ends.en}.",
            fa=f"ابلاغ الکترونیکی انجام نشده است؛ تحویل به حساب کاربری مخاطب در {when.fa} ممکن نشد: {ends.fa}.",
        )
    else:
        said = Words(
            en="No receipt of arrival in the recipient's account is here; service cannot be established.",
            fa="رسیدی از وصول به حساب کاربری مخاطب در این پرونده نیست؛ ابلاغ قابل احراز نیست.",
        )
    return Answer(reference=reference, verdict=verdict, service=served, said=said, doubts=doubts)


def _of_service(served: ServiceDate, verdict: Verdict, by_law: datetime | None) -> Words:
    effect, ends, open_ = EFFECT_NAMES[served.effect], ESTABLISHED[verdict], _open(served, by_law)
    if served.arrival_known:
        when = Words(en=f"on {served.day.en}", fa=f"در تاریخ {served.day.fa}")
    else:
        when = Words(en=f"by {served.day.en} at the latest", fa=f"حداکثر تا تاریخ {served.day.fa}")
    if verdict is Verdict.PASSED:
        return Words(
            en=f"Served {when.en}, {effect.en}{open_.en}: {ends.en}.",
            fa=f"ابلاغ {when.fa}، {effect.fa}{open_.fa}: {ends.fa}.",
        )
    return Words(
        en=f"The file says: served {when.en}, {effect.en}{open_.en}; that {ends.en}.",
        fa=f"به موجب این پرونده: ابلاغ {when.fa}، {effect.fa}{open_.fa}؛ {ends.fa}.",
    )


def _open(served: ServiceDate, by_law: datetime | None) -> Words:
    """Return the receipts that are missing, in brackets; nothing if receipts of arrival and viewing are here."""
    if served.effect is Effect.ACTUAL:
        return Words(en="", fa="") if served.arrival_known else _NOT_ARRIVED
    if by_law is None:
        return _NOT_VIEWED
    day = day_in_words(by_law.astimezone(TEHRAN).date())
    if served.arrival_known:
        none = Words(en="none of viewing is here", fa="رسیدی از رؤیت در پرونده نیست")
    else:
        none = Words(en="none of arrival or viewing is here", fa="رسیدی از وصول یا رؤیت در پرونده نیست")
    return Words(
        en=f" (a receipt of {day.en} states service by law; {none.en})",
        fa=f" (رسید مورخ {day.fa} ابلاغ قانونی را اعلام می‌کند؛ {none.fa})",
    )
