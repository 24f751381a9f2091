"""Values that people read: doubts explained, refused rows, quarantine, timeline, and the whole state."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.archive.witnessing import WitnessState
from gateway.evidence.timeline import timeline
from gateway.judiciary.courier import Operation
from gateway.judiciary.endpoint_status import MAINTENANCE, EndpointView
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.outbox import OutboxEntry
from gateway.notice.source_row import Refusal
from gateway.operations.intervention import DoubtDecision
from gateway.overview.certificate_line import CertificateLine
from gateway.overview.dates_in_words import moment, moment_from, period
from gateway.overview.doubts.doubt_explained import ExplainedDoubt, explain_doubt
from gateway.overview.doubts.doubt_kind import Certainty, DoubtKind
from gateway.overview.endpoint_line import cause_in_words, endpoint_in_words
from gateway.overview.next_step import Need
from gateway.overview.notices.timeline_line import ACTS, OPERATIONS, detail_in_words, timeline_lines
from gateway.overview.proof_line import proof_state
from gateway.overview.quarantined_item import Remedy, explain_item
from gateway.overview.refused_row import by_reason, refused_row
from gateway.overview.service_run import CAUSES, recovery_in_words, stop_in_words
from gateway.record.evidence_record import EvidenceKind, Header, evidence_record
from gateway.runtime.bilingual import Words
from gateway.runtime.circuit_breaker import CircuitBreaker, Permit
from gateway.runtime.errors import CATALOGUE, Actor, GatewayError
from gateway.runtime.verdict import Verdict
from gateway.store.proof_reach import ProofPolicy, ProofReach, Reach
from gateway.store.store_fingerprint import Cause
from gateway.store.stored import HistoryEvent, Quarantined, QuarantineKind, StandingRefusal
from gateway.trust.trust_policy import BY_CONNECTION
from tests.unit.test_sentences import EXAMPLES, S, doubt

NOW = datetime(2026, 11, 28, 10, 35, tzinfo=UTC)
SENT = datetime(2026, 11, 27, 6, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
E = DeliveryEvent


def words_in(value: object) -> Iterator[Words]:
    """Yield every text in a value."""
    if isinstance(value, Words):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from words_in(each)
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        for each in value:
            yield from words_in(each)
    elif is_dataclass(value):
        for field in fields(value):
            yield from words_in(getattr(value, field.name))


def assert_own_digits(value: object) -> None:
    found = list(words_in(value))
    assert found
    for words in found:
        quoted = re.sub("\u2068.*?\u2069", "", words.fa)
        assert not re.search(r"[0-9]|[{}]", quoted), words.fa
        assert not re.search("[۰-۹]|[{}]", re.sub("\u2068.*?\u2069", "", words.en)), words.en
        assert not set("يكة") & set(words.fa), "Arabic letters"


def step(event: DeliveryEvent, state: DeliveryState, after: timedelta, proof: str | None = None) -> HistoryEvent:
    at = SENT + after
    return HistoryEvent(seq=0, event=event, state=state, occurred_at=at, learned_at=at, evidence_id=proof)


HISTORY = [
    step(E.ADMISSION, S.QUEUED, -HOUR),
    step(E.CLAIM, S.SENDING, timedelta()),
    step(E.LOST_ANSWER, S.IN_DOUBT, timedelta()),
    step(E.INQUIRY_UNANSWERED, S.IN_DOUBT, HOUR),
    step(E.UNKNOWN_TO_PEER, S.IN_DOUBT, 2 * HOUR, "answer:1"),
    step(E.UNKNOWN_TO_PEER, S.IN_DOUBT, 3 * HOUR, "answer:2"),
]


def explained(each: OutboxEntry, settle_after: timedelta = HOUR, **options: Any) -> ExplainedDoubt:
    return explain_doubt(each, HISTORY, settle_after, NOW, **options)


def test_a_proven_absence_says_what_was_asked_and_what_each_decision_means() -> None:
    told = explained(doubt("doubt.absent", due_at=None, absences=2))
    assert (told.kind, told.certainty) == (DoubtKind.ABSENT, Certainty.ABSENT)
    assert [(each.at - SENT, each.record) for each in told.inquiries] == [
        (HOUR, None),
        (2 * HOUR, "answer:1"),
        (3 * HOUR, "answer:2"),
    ]
    known = [words.en for words in told.known]
    assert known[0] == "There was one attempt to send it, on 27 November 2026 at 09:35."
    assert known[1] == "No answer to the sending came."
    assert 'Inquiries: 3; answered with "not known": 2; without a clear answer: 1.' in known
    assert known[-1] == "The gateway asks no more by itself."
    by = {each.decision: each for each in told.decisions}
    assert by[DoubtDecision.QUEUED].warning is None
    assert by[DoubtDecision.WITHDRAWN].warning is None
    assert "no receipt will come" in str(by[DoubtDecision.SUBMITTED].warning)
    assert all(each.refusal is None for each in told.decisions)


def test_a_signed_receipt_beside_a_proven_absence_is_told_and_no_decision_relies_on_the_absence() -> None:
    told = explained(doubt("doubt.absent", due_at=None, absences=2), receipt_waits=True)
    known = " ".join(words.en for words in told.known)
    assert "signed by the judiciary, lies in quarantine" in known
    assert "did not arrive" not in known
    assert 'answered with "not known": 2' in known
    assert_own_digits(told)
    by = {each.decision: each for each in told.decisions}
    assert {each for each in by if by[each].refusal} == {DoubtDecision.QUEUED}
    assert "proven" not in str(by[DoubtDecision.SUBMITTED].warning)
    assert "second service" in str(by[DoubtDecision.WITHDRAWN].warning)


def test_what_cannot_be_told_by_asking_warns_of_a_second_service() -> None:
    told = explained(doubt("doubt.unanswered"))
    assert told.certainty is Certainty.UNTOLD
    assert all(each.warning for each in told.decisions)
    queued = next(each for each in told.decisions if each.decision is DoubtDecision.QUEUED)
    assert "served twice" in str(queued.warning)
    assert "مهلت دومی" in str(queued.warning)


def test_before_the_settling_time_nobody_can_say_that_it_did_not_arrive() -> None:
    told = explained(doubt("doubt.unanswered"), settle_after=timedelta(days=3))
    possible = {each.decision: each.possible_from for each in told.decisions}
    until = SENT + timedelta(days=3)
    assert possible == {
        DoubtDecision.SUBMITTED: None,
        DoubtDecision.QUEUED: until,
        DoubtDecision.WITHDRAWN: until,
    }
    assert any(words.en.startswith("Until 30 November 2026") for words in told.known)


def test_during_a_recovery_nothing_is_decided_before_an_inquiry() -> None:
    told = explained(doubt("doubt.recovery"), unasked=True)
    assert all(each.refusal and each.refusal.en == CATALOGUE["queue.unasked"].en for each in told.decisions)


def test_a_service_without_inquiries_was_never_asked() -> None:
    told = explained(doubt("doubt.unaskable", due_at=None))
    assert list(told.inquiries) == []
    assert any("takes no inquiries" in words.en for words in told.known)


def test_every_kind_of_doubt_is_explained_in_both_languages() -> None:
    doubts = [each for case, each in EXAMPLES.items() if case.startswith("doubt-")]
    titles = set()
    for each in doubts:
        told = explained(replace(each, reason="status 7; the service says X"))
        assert_own_digits(told)
        titles.add(told.title)
    assert len(titles) == len(DoubtKind) == len(doubts)


def refusal(key: str, code: str, field: str = "national_id", source: str = "cases") -> StandingRefusal:
    row = Refusal(source=source, row_key=key, row_version="1", code=code, field=field, reason="علت", refused_at=NOW)
    return StandingRefusal(refusal=row, written=True, since=SENT)


def test_refused_rows_are_grouped_by_source_reason_and_field_with_the_remedy() -> None:
    found = [refusal("1", "recipient.national-id"), refusal("2", "notice.body"), refusal("3", "recipient.national-id")]
    first, second = by_reason(found)
    assert [row.row_key for row in first.rows] == ["1", "3"]
    assert (first.actor, first.remedy.fa) == (Actor.MUNICIPALITY, CATALOGUE["recipient.national-id"].remedy_fa)
    assert "needs no change" in second.rows[0].then.en
    assert "leaves this list" in first.rows[0].then.en


def test_a_refusal_of_an_unlisted_code_says_what_the_row_says() -> None:
    told = refused_row(refusal("1", "notice.gone"))
    assert (told.finding.fa, told.actor) == ("علت", None)


@pytest.mark.parametrize("kind", QuarantineKind)
def test_an_item_of_the_quarantine_is_explained(kind: QuarantineKind) -> None:
    for code in CATALOGUE:
        item = Quarantined(
            payload_digest="sha256:1", kind=kind, origin="judiciary", code=code, detail="", received_at=NOW
        )
        told = explain_item(item)
        assert (Remedy.RELEASE in told.acts) is (kind is QuarantineKind.RECEIPT)
        assert Remedy.DISMISS in told.acts
        assert told.follows.fa
        assert told.ended is None
    ends = [
        explain_item(replace(item, ended_at=NOW, ended_as=outcome))
        for outcome in ("released", "dismissed", "known", "verify.x")
    ]
    assert len({told.ended for told in ends}) == len(ends)
    assert not any(told.acts for told in ends)
    assert_own_digits([told.ended for told in ends])


def header(id: str, kind: EvidenceKind, **context: str) -> Header:
    record = evidence_record(
        id=id,
        kind=kind,
        notice="EB-A",
        origin="gateway",
        destination="judiciary",
        event_time=NOW,
        recorded_at=NOW,
        payload_digest="sha256:" + "0" * 64,
        context=context,
    )
    return Header.of(record.header)


def test_a_line_of_the_timeline_links_its_record_and_says_what_was_found() -> None:
    admission: Any = type("A", (), {"entry": EXAMPLES[next(iter(EXAMPLES))]})()
    submit = Operation.SUBMIT.value
    headers = [
        header("sent:1", EvidenceKind.MESSAGE_SENT, operation=submit, message="1"),
        header("answer:1", EvidenceKind.MESSAGE_RECEIVED, operation=submit, passed="signature"),
        header("answer:2", EvidenceKind.MESSAGE_RECEIVED, operation=submit, passed=BY_CONNECTION),
        header("answer:3", EvidenceKind.MESSAGE_RECEIVED, operation=submit, refused="verify.signature"),
        header("answer:4", EvidenceKind.MESSAGE_RECEIVED, operation=submit, passed="signature", masked="Body"),
        header("sent:2", EvidenceKind.MESSAGE_SENT, operation=submit, message="2", unsigned="its connection"),
        header("act:1", EvidenceKind.PERSON_ACT, act="queue.hold"),
    ]
    told = {line.record: line for line in timeline_lines(timeline(admission, HISTORY[:1], headers), headers)}
    assert {id: told[id].verdict for id in told} == {
        None: None,
        "sent:1": None,
        "answer:1": Verdict.PASSED,
        "answer:2": Verdict.INDETERMINATE,
        "answer:3": Verdict.FAILED,
        "answer:4": Verdict.INDETERMINATE,
        "sent:2": Verdict.INDETERMINATE,
        "act:1": None,
    }
    assert told[None].finding.en.startswith("no record")
    assert told["answer:3"].finding.fa == CATALOGUE["verify.signature"].fa
    assert told["act:1"].detail == ACTS["queue.hold"]
    assert told["sent:1"].detail == OPERATIONS[submit]
    assert told["answer:2"].detail is not None
    assert "ارسال ابلاغیه" in told["answer:2"].detail.fa
    assert_own_digits([line.words for line in told.values()] + [line.finding for line in told.values()])


def test_a_detail_without_words_stays_as_it_came() -> None:
    assert detail_in_words("MessageSent", "SubmitNotices (sana@2)").en == "submission of notices"
    assert detail_in_words("Answer", "SubmitNotices: busy").fa == "در پاسخ به ارسال ابلاغیه: \u2068busy\u2069"
    assert detail_in_words("Receipt", "sha256:00").en == "\u2068sha256:00\u2069"


def view(state: str, until: datetime | None = None, **breaker: Any) -> EndpointView:
    line = CircuitBreaker(destination="judiciary", **breaker)
    return EndpointView(state=state, breaker=line, until=until, ration_used=None)


def test_an_endpoint_says_when_calls_resume_in_each_languages_digits() -> None:
    assert endpoint_in_words(view("open", NOW), NOW) == Words(en="calls resume at 14:05", fa="تماس بعدی ساعت ۱۴:۰۵")
    assert endpoint_in_words(view("open", NOW), SENT) == Words(
        en="calls resume on 28 November 2026 at 14:05", fa="تماس بعدی در تاریخ ۱۴۰۵/۰۹/۰۷ ساعت ۱۴:۰۵"
    )
    other_day = endpoint_in_words(view(MAINTENANCE, NOW), SENT)
    assert other_day.fa == "در حال نگهداری تا ۱۴۰۵/۰۹/۰۷ ساعت ۱۴:۰۵"
    states = [endpoint_in_words(view(state, NOW), NOW) for state in (*(each.value for each in Permit), MAINTENANCE)]
    assert len(set(states)) == len(states)
    assert_own_digits(states)
    assert cause_in_words(view("open", NOW), on_page=True) is None
    cause = cause_in_words(view("open", NOW, failures=2, since=SENT, code="courier.busy"), on_page=True)
    assert cause is not None
    assert CATALOGUE["courier.busy"].fa in cause.fa


def test_a_certificate_says_how_many_days_are_left() -> None:
    sound = CertificateLine(use="transport", not_before=SENT, not_after=NOW + timedelta(days=90, hours=5))
    assert sound.days_left(NOW) == 90
    assert sound.next_step(NOW) is None
    assert "۹۰ روز مانده است" in sound.state(NOW).fa
    soon = replace(sound, use="judiciary messages a.pem", not_after=NOW + timedelta(days=1, hours=1))
    step_of = soon.next_step(NOW)
    assert step_of is not None
    assert (step_of.need, step_of.actor) == (Need.RENEW_CERTIFICATE, Actor.JUDICIARY)
    ended = replace(sound, not_after=NOW - HOUR)
    broken = CertificateLine(use="transport", error=GatewayError("key.unreadable"))
    early = replace(sound, not_before=NOW + HOUR)
    states = [each.state(NOW) for each in (sound, soon, ended, broken, early)]
    assert len(set(states)) == len(states)
    assert_own_digits(states)
    mended = broken.next_step(NOW)
    assert mended is not None
    assert (mended.need, mended.code) == (Need.MEND_CERTIFICATE, "key.unreadable")


def test_the_reach_of_proof_names_every_holder() -> None:
    policy = ProofPolicy(stamped=True, stop_after=HOUR, late_after=HOUR, witnesses={"shelf": HOUR})
    proof = ProofReach(time_stamp=Reach(size=4, waiting_since=SENT))
    failing = {"shelf": WitnessState(name="shelf", failures=2, code="witness.unreachable")}
    told = proof_state(proof, failing, policy, NOW)
    assert [line.words.fa for line in told.reaches] == ["جای در درخت", "نقطه وارسی", "مهر زمانی"]
    assert told.sending is not None
    assert told.sending.code == "archive.unproven"
    (witness,) = told.witnesses
    assert witness.failure == Words(en="witness.unreachable, 2 in a row", fa="witness.unreachable، ۲ بار پیاپی")
    assert told.reaches[2].waiting(NOW) == NOW - SENT


def test_a_stop_and_a_recovery_have_words() -> None:
    assert set(CAUSES) == set(Cause)
    told = [stop_in_words(moment(NOW)), *(recovery_in_words(cause, moment(NOW)) for cause in Cause)]
    assert len(set(told)) == len(told)
    assert_own_digits(told)


def test_times_of_today_need_no_day_and_periods_have_one_unit() -> None:
    assert moment_from(NOW, NOW).fa == "۱۴:۰۵"
    assert moment_from(SENT, NOW).en == "27 November 2026 at 09:35"
    assert [period(timedelta(seconds=n)).fa for n in (-5, 59, 3599, 3600, 90_000)] == [
        "۰ ثانیه",
        "۵۹ ثانیه",
        "۵۹ دقیقه",
        "۱ ساعت",
        "۱ روز",
    ]
