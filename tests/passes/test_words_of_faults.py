"""The judiciary's words beside a fault stay with the notice, and its timeline says that a fault came."""

from __future__ import annotations

import pytest

from gateway.evidence.timeline import timeline
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.outbox import OutboxEntry
from gateway.overview.notices.timeline_line import TimelineLine, timeline_lines
from gateway.record.evidence_record import Header

from .conftest import AGAIN, SETTLE, Passes

WORDS = "Element 'Person': Missing child element(s). Expected is ( FatherName )"
CODE = "verify.schema"


@pytest.fixture
def refused(passes: Passes) -> OutboxEntry:
    """A notice that a fault answered, with words."""
    (entry,) = passes.admit("1")
    passes.judiciary.fault, passes.judiciary.words = CODE, WORDS
    passes.dispatch()
    passes.judiciary.fault, passes.judiciary.words = None, ""
    return passes.entry(entry.reference)


def lines(passes: Passes, reference: str) -> list[TimelineLine]:
    headers = [Header.of(row.header) for row in passes.store.evidence.of_notice(reference)]
    admission = passes.store.notices.admission(reference)
    assert admission is not None
    return timeline_lines(timeline(admission, passes.store.notices.history(reference), headers), headers)


def step(passes: Passes, reference: str) -> TimelineLine:
    (found,) = [line for line in lines(passes, reference) if line.event == DeliveryEvent.LOST_ANSWER]
    return found


def test_the_words_stay_with_the_doubt_and_with_what_is_held_for_it(passes: Passes, refused: OutboxEntry) -> None:
    assert (refused.state, refused.code, refused.reason) == (DeliveryState.IN_DOUBT, CODE, WORDS)
    for wait in (SETTLE, AGAIN):
        passes.clock.now += wait
        passes.rescue()
    held = passes.entry(refused.reference)
    assert (held.held, held.code, held.reason) == (True, "held.refused", f"{CODE}: {WORDS}")


def test_the_timeline_says_that_a_fault_came(passes: Passes, refused: OutboxEntry) -> None:
    words = step(passes, refused.reference).words
    assert "The judiciary answered with the error" in words.en
    assert CODE in words.en
    assert CODE in words.fa
    assert "پیام خطا" in words.fa


def test_the_timeline_says_no_answer_where_none_came(passes: Passes) -> None:
    (entry,) = passes.admit("1")
    passes.judiciary.answers = False
    passes.dispatch()
    assert step(passes, entry.reference).words.en == "No answer came"


def test_the_timeline_says_that_something_else_came(passes: Passes) -> None:
    (entry,) = passes.admit("1")
    passes.judiciary.doubtful = b"<html/>"
    passes.dispatch()
    assert "is not believed" in step(passes, entry.reference).words.en
