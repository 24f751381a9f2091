"""One sentence for each notice: every state and code has one, in both languages, without codes, in its own digits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from adapters.cli import sentence_reference
from gateway.judiciary.outcome_codes import USUAL_CODES
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.outbox import FOR_A_PERSON, HELD, PROVEN_ABSENT, OutboxEntry
from gateway.overview.doubts.doubt_kind import CERTAINTY_OF, DOUBTS, Certainty, DoubtKind, certainty, is_undecided
from gateway.overview.next_step import Need
from gateway.overview.notice_words import EVENTS
from gateway.overview.notices.notice_case import NoticeCase, case_of
from gateway.overview.notices.notice_sentence import DISPUTED, ISSUED_ANEW, SENTENCES, situation_of
from gateway.overview.notices.standstill import STANDSTILLS, Standstill, standstill
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import CATALOGUE, Actor, GatewayError

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 28, 10, 35, tzinfo=UTC)
BEGAN = datetime(2026, 11, 27, 6, 5, tzinfo=UTC)
S, C = DeliveryState, NoticeCase
CODES = (None, "lease-over", "call-over", "busy", "4711", "NO_ACCOUNT", *CATALOGUE)
"""None, codes that are no errors of ours, and all of ours."""


def entry(state: DeliveryState, **fields: Any) -> OutboxEntry:
    plain = OutboxEntry(
        reference="EB-A",
        source="cases",
        row_key="1",
        destination="judiciary",
        state=state,
        seq=3,
        admitted_at=BEGAN,
        state_since=BEGAN,
        waiting_since=BEGAN,
        seal_digest="sha256:0",
        size=1,
    )
    return replace(plain, **fields)


def doubt(code: str | None, **fields: Any) -> OutboxEntry:
    return entry(S.IN_DOUBT, code=code, doubt_since=BEGAN, **{"due_at": NOW, **fields})


LATER = NOW + timedelta(hours=3)
EXAMPLES: dict[NoticeCase, OutboxEntry] = {
    C.QUEUED: entry(S.QUEUED, due_at=BEGAN),
    C.QUEUED_LATER: entry(S.QUEUED, due_at=LATER),
    C.QUEUED_AGAIN: entry(S.QUEUED, due_at=BEGAN, cleared_at=BEGAN, attempts=1),
    C.QUEUED_RELEASED: entry(S.QUEUED, code=HELD[0]),
    C.NO_CONNECTION: entry(S.QUEUED, code="courier.not-connected", due_at=LATER),
    C.CERTIFICATE_REFUSED: entry(S.QUEUED, code="courier.certificate-refused", due_at=LATER),
    C.LOGIN_REFUSED: entry(S.QUEUED, code="courier.credentials", due_at=LATER),
    C.BUSY: entry(S.QUEUED, code="busy", due_at=LATER),
    C.PUT_OFF: entry(S.QUEUED, code="4711", due_at=LATER),
    C.NOT_SENT: entry(S.QUEUED, code="lease-over", due_at=BEGAN),
    C.SEAL_REFUSED: entry(S.QUEUED, code="verify.unknown-certificate", due_at=LATER),
    C.TEXT_DAMAGED: entry(S.QUEUED, code="store.payload-missing", due_at=LATER),
    C.FORM_UNFIT: entry(S.QUEUED, code="mapped.message", due_at=LATER),
    C.SETTING_WRONG: entry(S.QUEUED, code="courier.contract", due_at=LATER),
    C.HELD_FAULTS: entry(S.QUEUED, code="held.faults", held=True),
    C.HELD_REFUSED: entry(S.QUEUED, code="held.refused", held=True),
    C.HELD_BY_PERSON: entry(S.QUEUED, held=True),
    C.SENDING: entry(S.SENDING, lease_until=LATER),
    C.PENDING: entry(S.PENDING, ticket="T-1", due_at=LATER),
    C.PENDING_LONG: entry(S.PENDING, ticket="T-1", code="doubt.ticket-late", doubt_since=BEGAN),
    C.DOUBT_ABSENT: doubt("doubt.absent", due_at=None, absences=2),
    C.DOUBT_UNANSWERED: doubt("doubt.unanswered"),
    C.DOUBT_UNASKABLE: doubt("doubt.unaskable", due_at=None),
    C.DOUBT_PREDECESSOR: doubt("doubt.predecessor"),
    C.DOUBT_TICKET_LATE: doubt("doubt.ticket-late", ticket="T-1"),
    C.DOUBT_ASKED_AGAIN: doubt("doubt.absent", absences=2),
    C.DOUBT_NOT_KNOWN_ONCE: doubt("courier.no-answer", absences=1),
    C.DOUBT_RECOVERY: doubt("doubt.recovery"),
    C.DOUBT_RECEIPT: doubt("doubt.receipt"),
    C.DOUBT_TICKET_FAILED: doubt("doubt.ticket-unknown", ticket="T-1"),
    C.DOUBT_NOT_UNDERSTOOD: doubt("mapped.unknown-value"),
    C.DOUBT_NOT_BELIEVED: doubt("verify.signature"),
    C.DOUBT_FAULT: doubt("courier.fault", doubt_fault="busy"),
    C.DOUBT_NO_ANSWER: doubt("courier.no-answer"),
    C.DEAD_LETTER: entry(S.DEAD_LETTER),
    C.SUBMITTED: entry(S.SUBMITTED, tracking_number="1405-1"),
    C.SUBMITTED_BY_DECISION: entry(S.SUBMITTED),
    C.DELIVERED: entry(S.DELIVERED, delivered_at=BEGAN),
    C.DELIVERED_BY_LAW: entry(S.DELIVERED, legal_service_at=BEGAN),
    C.DELIVERED_AND_BY_LAW: entry(S.DELIVERED, delivered_at=BEGAN, legal_service_at=NOW),
    C.VIEWED: entry(S.VIEWED, delivered_at=BEGAN, viewed_at=NOW),
    C.VIEWED_ALONE: entry(S.VIEWED, viewed_at=NOW),
    C.REJECTED: entry(S.REJECTED, code="17", reason="نشانی مخاطب ناقص است."),
    C.REJECTED_WITHOUT_REASON: entry(S.REJECTED, code="17"),
    C.NO_ACCOUNT: entry(S.NO_ACCOUNT, code="NO_ACCOUNT"),
    C.UNDELIVERABLE: entry(S.UNDELIVERABLE),
    C.OTHER_CHANNEL: entry(S.OTHER_CHANNEL, code="NO_ACCOUNT"),
    C.WITHDRAWN: entry(S.WITHDRAWN),
}


def every_entry() -> Iterator[OutboxEntry]:
    """Yield every state with every code, held or not, due or not, with and without each time of service."""
    marks = (
        (False, None, None, None),
        (False, BEGAN, BEGAN, "T-1"),
        (True, LATER, None, "T-1"),
        (True, None, BEGAN, None),
    )
    for held, due_at, time, ticket in marks:
        for state, code in product(S, CODES):
            yield entry(
                state,
                code=code,
                held=held,
                due_at=due_at,
                delivered_at=time,
                legal_service_at=None if time else BEGAN,
                viewed_at=BEGAN,
                ticket=ticket,
            )


def assert_reads_well(words: Words) -> None:
    assert not re.search(r"[{}]|\bNone\b|–", words.en + words.fa), words
    assert not re.search(r"[A-Za-z0-9٠-٩]", words.fa), words.fa
    assert not set("يكة") & set(words.fa), "Arabic letters"
    assert words.en.isascii(), words.en
    assert "  " not in words.en + words.fa
    assert ".." not in words.en + words.fa
    assert words.en.endswith(".")
    assert words.fa.endswith(".")


def test_every_case_has_one_sentence_and_an_example_here() -> None:
    assert set(SENTENCES) == set(EXAMPLES) == set(NoticeCase)


@pytest.mark.parametrize("case", NoticeCase)
def test_an_example_is_of_its_case(case: NoticeCase) -> None:
    assert case_of(EXAMPLES[case], NOW) is case


@pytest.mark.parametrize("code", sorted(USUAL_CODES.expired))
def test_a_message_that_came_too_late_is_sent_again_and_no_setting_is_wrong(code: str) -> None:
    assert case_of(entry(S.QUEUED, code=code, due_at=LATER), NOW) is C.QUEUED_LATER
    assert case_of(entry(S.QUEUED, code=code, due_at=LATER, cleared_at=BEGAN), NOW) is C.QUEUED_AGAIN


def test_every_state_with_every_code_has_a_sentence_in_both_languages() -> None:
    for each in every_entry():
        told = situation_of(each, NOW)
        assert_reads_well(told.sentence)
        assert each.code not in CATALOGUE or each.code not in told.sentence.en
        assert told.next.words.en in told.sentence.en


def test_a_sentence_has_two_parts() -> None:
    for told in SENTENCES.values():
        for part in (told.stands, told.then):
            assert ";" not in part.en
            assert "؛" not in part.fa


def test_two_cases_never_have_the_same_sentence() -> None:
    told = [situation_of(each, NOW).sentence for each in EXAMPLES.values()]
    assert len({words.en for words in told}) == len({words.fa for words in told}) == len(told)


def test_a_sentence_has_each_languages_calendar_and_digits() -> None:
    told = situation_of(EXAMPLES[C.NO_CONNECTION], NOW).sentence
    assert "since 27 November 2026 at 09:35" in told.en
    assert "on 28 November 2026 at 17:05" in told.en
    assert "از تاریخ ۱۴۰۵/۰۹/۰۶ ساعت ۰۹:۳۵" in told.fa
    assert "در تاریخ ۱۴۰۵/۰۹/۰۷ ساعت ۱۷:۰۵" in told.fa


def test_a_notice_of_which_a_signed_receipt_is_open_is_not_to_be_served_otherwise_or_again() -> None:
    for case, example in EXAMPLES.items():
        told, usual = situation_of(example, NOW, disputed=True), situation_of(example, NOW)
        if told.sentence.en.isascii():  # the judiciary's own reason is Persian
            assert_reads_well(told.sentence)
        if usual.next.need in (Need.ISSUE_REVISION, Need.SERVE_OTHERWISE, Need.DECIDE_ABSENT):
            assert told.next == DISPUTED, case
            assert DISPUTED.words.en in told.sentence.en
            assert usual.next.words.fa not in told.sentence.fa
        else:
            assert told == usual, case


def test_a_rejected_notice_whose_place_a_later_one_took_needs_no_other_paper() -> None:
    for case, example in EXAMPLES.items():
        told, usual = situation_of(example, NOW, revised=True), situation_of(example, NOW)
        if told.sentence.en.isascii():  # the judiciary's own reason is Persian
            assert_reads_well(told.sentence)
        if usual.next.need is Need.ISSUE_REVISION:
            assert told.next == ISSUED_ANEW, case
            assert ISSUED_ANEW.words.en in told.sentence.en
            assert usual.next.words.fa not in told.sentence.fa
            assert situation_of(example, NOW, revised=True, disputed=True).next == DISPUTED
        else:
            assert told == usual, case


def test_a_rejection_quotes_the_judiciarys_reason_apart_from_the_text_around_it() -> None:
    told = situation_of(EXAMPLES[C.REJECTED], NOW).sentence
    assert "«\u2068نشانی مخاطب ناقص است\u2069»" in told.fa
    assert "{" in situation_of(replace(EXAMPLES[C.REJECTED], reason="field {x}"), NOW).sentence.en


def test_a_held_notice_that_may_have_been_sent_says_both() -> None:
    told = situation_of(replace(EXAMPLES[C.DOUBT_NO_ANSWER], held=True), NOW)
    assert told.case is C.DOUBT_NO_ANSWER
    assert "held, too" in told.sentence.en
    assert "نگه داشته شده است" in told.sentence.fa


def test_no_sentence_says_that_the_gateway_goes_on_while_it_stands_still() -> None:
    for case, each in EXAMPLES.items():
        stopped, unproven = (situation_of(each, NOW, still) for still in Standstill)
        by_itself = SENTENCES[case].need is Need.WAIT and case is not C.SENDING
        assert (stopped.next.need is Need.RESUME) is by_itself
        assert (unproven.next.need is Need.RESTORE_PROOF) is (by_itself and each.state is S.QUEUED)
        assert stopped.next.words.fa in stopped.sentence.fa
        assert unproven.next.words.en in unproven.sentence.en
    for step in STANDSTILLS.values():
        assert_reads_well(Words(en=f"{step.words.en}.", fa=f"{step.words.fa}."))
    assert standstill(stopped=True, lapsed=None) is Standstill.STOPPED
    assert standstill(stopped=False, lapsed=GatewayError("archive.unproven")) is Standstill.UNPROVEN
    assert standstill(stopped=False, lapsed=GatewayError("archive.overridden")) is None


def test_whoever_must_act_is_named_in_the_sentence() -> None:
    named = {Actor.OPERATOR: ("operator", "متصدی سامانه"), Actor.MUNICIPALITY: ("issuing body", "مرجع صادرکننده")}
    for told in SENTENCES.values():
        if told.actor in named:
            en, fa = named[told.actor]
            assert en in told.then.en
            assert fa in told.then.fa


def test_proven_absence_and_ignorance_are_never_one_list() -> None:
    assert set(CERTAINTY_OF) == set(DOUBTS) == set(DoubtKind)
    assert {kind for kind in DoubtKind if CERTAINTY_OF[kind] is Certainty.ABSENT} == {DoubtKind.ABSENT}
    for code, due_at in product(CODES, (None, NOW)):
        each = doubt(code, due_at=due_at)
        waits = due_at is None or code in FOR_A_PERSON
        assert is_undecided(each) is waits
        assert (certainty(each) is Certainty.ASKED) is not waits
        assert (certainty(each) is Certainty.ABSENT) is (waits and code in PROVEN_ABSENT)
    needs = {SENTENCES[NoticeCase(f"doubt-{kind}")].need: CERTAINTY_OF[kind] for kind in DoubtKind}
    assert needs[Need.DECIDE_ABSENT] is Certainty.ABSENT
    assert needs[Need.ASK_AND_DECIDE] is Certainty.UNTOLD


def test_no_sentence_tells_who_viewed_a_notice() -> None:
    """A receipt of viewing says that the account was opened; without one, nobody knows that it was not."""
    told = [*EVENTS.values(), *(situation_of(each, NOW).sentence for each in EXAMPLES.values())]
    for words in told:
        assert not re.search("recipient (has not )?viewed|viewed by the recipient", words.en, re.IGNORECASE), words.en
        assert not re.search("مخاطب .*رؤیت (ن?کرد|از سوی)|رؤیت از سوی مخاطب|مخاطب تاکنون", words.fa), words.fa


def test_the_page_of_sentences_is_made_from_the_program() -> None:
    page = (ROOT / "docs/reference/sentences.md").read_text(encoding="utf-8")
    assert page == sentence_reference.page(), "run: make docs"
