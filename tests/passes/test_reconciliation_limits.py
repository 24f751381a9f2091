"""Limits on time in a reconciliation, and the rate limit that its questions wait for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.judiciary.courier import Deferred, NoAccount, Unknown
from gateway.judiciary.endpoint_policy import EndpointPolicy
from gateway.judiciary.outcome_codes import MAX_RETRY_AFTER
from gateway.notice.delivery_state import DeliveryEvent
from gateway.notice.outbox import advance
from gateway.operations.intervention import rewrite
from gateway.reconciliation.inquiry import Inquiry
from gateway.reconciliation.overdue import longest_waits, look_at_limits
from gateway.reconciliation.report import last
from gateway.reconciliation.standing import Ask
from gateway.runtime.errors import Actor
from gateway.runtime.may_continue import always
from gateway.runtime.rate_limit import RateLimit
from gateway.store.stored import Changes, Mark

from .conftest import LIMITS, SETTLE, Passes
from .ports import accept


def test_what_is_soon_late_is_told_before_it_is(passes: Passes) -> None:
    (entry,) = passes.admit("1")
    passes.write_back()
    passes.clock.advance(days=7)
    assert passes.look_at_limits().errors == []
    passes.clock.advance(days=1)
    report = passes.look_at_limits()
    assert [error.code for error in report.errors] == ["reconcile.sending-soon-late"]
    assert dict(report.counts) == {"deliver_soon": 1}
    assert last(passes.store.rows).late["deliver", "soon"] == 1
    passes.clock.advance(days=2)
    [error] = passes.look_at_limits().errors
    assert (error.code, error.entry.actor, error.detail) == ("reconcile.sending-late", Actor.OPERATOR, "1")
    _, [finding] = passes.reconcile(Ask.NONE, since=passes.clock())
    assert (finding.code, finding.reference) == (error.code, entry.reference), "whatever the range is"


def test_a_kind_has_limits_of_its_own(passes: Passes) -> None:
    passes.kinds["stop-work-warning"] = "اخطار"
    passes.admit("slow")
    passes.cases.put("urgent", kind="stop-work-warning")
    passes.collect()
    passes.write_back()
    passes.clock.advance(hours=20)
    _, [finding] = passes.reconcile(Ask.NONE)
    assert (finding.kind, finding.row_key) == ("sending-soon-late", "urgent")


def test_each_limit_names_what_is_waited_for(passes: Passes) -> None:
    _sent, doubtful, undecided, absent = passes.admit("sent", "doubtful", "undecided", "absent")
    passes.judiciary.outcome = lambda reference: NoAccount() if reference == absent.reference else accept(reference)
    now = passes.clock()
    for entry, due_at in ((doubtful, now + timedelta(days=11)), (undecided, None)):
        claimed = advance(entry, DeliveryEvent.CLAIM, now=now)
        lost = advance(claimed.after, DeliveryEvent.LOST_ANSWER, now=now, doubt_since=now, due_at=due_at)
        passes.store.commit(Changes(steps=[claimed]))
        passes.store.commit(Changes(steps=[lost]))
    passes.dispatch()
    passes.clock.advance(days=10)
    late = {error.code: error.detail for error in passes.look_at_limits().errors}
    assert late == {
        "reconcile.arrival-late": "1",
        "reconcile.sending-late": "2",
        "reconcile.answer-late": "1",
        "reconcile.decision-late": "1",
        "reconcile.channel-late": "1",
        "reconcile.writing-late": "4",
    }


def test_a_result_that_is_to_be_written_once_more_waits_since_then(passes: Passes) -> None:
    (entry,) = passes.admit("1")
    passes.judiciary.outcome = accept
    passes.dispatch()
    passes.write_back()
    passes.judiciary.issue("ContentConsignment", entry.reference, entry.seal_digest, passes.clock())
    passes.receive()
    passes.write_back()
    passes.clock.advance(days=60)
    passes.intervene(entry.reference, rewrite)
    assert passes.look_at_limits().errors == []
    passes.clock.advance(days=9)
    assert [error.code for error in passes.look_at_limits().errors] == ["reconcile.writing-soon-late"]
    passes.write_back()
    assert passes.look_at_limits().errors == []


@pytest.mark.parametrize(("due", "code"), [(True, "reconcile.answer-late"), (False, "reconcile.decision-late")])
def test_a_doubt_is_late_from_its_beginning_though_a_ticket_was_followed_meanwhile(
    passes: Passes, *, due: bool, code: str
) -> None:
    """An inquiry found a ticket, which led nowhere: the doubt has its old beginning, and its state a new one."""
    (entry,) = passes.admit("1")
    passes.write_back()
    claimed = advance(entry, DeliveryEvent.CLAIM, now=passes.clock())
    lost = advance(claimed.after, DeliveryEvent.LOST_ANSWER, now=passes.clock(), doubt_since=passes.clock())
    passes.clock.advance(days=1)
    issued = advance(lost.after, DeliveryEvent.TICKET_ISSUE, now=passes.clock(), ticket="T1")
    due_at = passes.clock() + timedelta(hours=1) if due else None
    failed = advance(issued.after, DeliveryEvent.TICKET_FAILURE, now=passes.clock(), due_at=due_at)
    for step in (claimed, lost, issued, failed):
        passes.store.commit(Changes(steps=[step]))
    assert failed.after.state_since == passes.clock()
    assert [error.code for error in passes.look_at_limits().errors] == [code]


def test_a_wait_that_the_judiciary_asks_for_is_no_alarm(passes: Passes) -> None:
    (entry,) = passes.admit("1")
    passes.write_back()
    passes.judiciary.outcome = lambda _: Deferred(code="courier.busy", retry_after=MAX_RETRY_AFTER)
    passes.dispatch()
    assert passes.entry(entry.reference).due_at == passes.clock() + MAX_RETRY_AFTER
    assert passes.look_at_limits().errors == []
    passes.clock.advance(minutes=-5)
    assert passes.look_at_limits().errors == [], "the clock of another machine may be as far ahead"
    passes.clock.advance(minutes=-6)
    assert [error.code for error in passes.look_at_limits().errors] == ["reconcile.due-too-late"]


@pytest.mark.parametrize(("settle", "again"), [(timedelta(days=3), SETTLE), (SETTLE, timedelta(days=3))])
def test_a_configured_wait_of_a_doubt_is_no_alarm(passes: Passes, settle: timedelta, again: timedelta) -> None:
    """Three days until it settles, or until the next inquiry."""
    (entry,) = passes.admit("1")
    passes.judiciary.outcome = lambda _: Unknown(code="internal")
    passes.dispatch()
    passes.store.commit(Changes(marks=[Mark(reference=entry.reference, due_at=passes.clock() + timedelta(days=3))]))

    def told(settle_after: timedelta, ask_again_after: timedelta) -> list[str]:
        waits = longest_waits(settle_after, ask_again_after)
        report = look_at_limits(passes.store, [], passes.clock, LIMITS, waits)
        return [error.code for error in report.errors]

    assert told(settle, again) == []
    assert told(SETTLE, SETTLE) == ["reconcile.due-too-late"]


def test_one_unclear_answer_keeps_no_other_notice_from_being_asked_about(passes: Passes) -> None:
    unclear, *others = [entry.reference for entry in passes.admit(*"123")]
    told = passes.judiciary.standing
    passes.judiciary.standing = lambda r: Unknown(code="mapped.code-unmapped") if r == unclear else told(r)
    inquiry = Inquiry(passes.store, passes.judiciary, passes.clock, "city", always, batch=1)
    assert set(inquiry.standings([unclear, *others])) == set(others)
    assert (inquiry.asked, inquiry.unanswered) == (3, 1)


def test_what_reconcile_asks_takes_from_the_rate_limit_and_waits_for_it(passes: Passes) -> None:
    references = [entry.reference for entry in passes.admit(*"12345")]
    endpoint_policy = EndpointPolicy(rate_limit=RateLimit(per_minute=60, burst=2))

    def wait(period: timedelta) -> None:
        passes.clock.now += period

    patient = Inquiry(passes.store, passes.judiciary, passes.clock, "city", always, endpoint_policy, pause=wait)
    assert set(patient.standings(references)) == set(references)
    assert (patient.asked, patient.unanswered, passes.judiciary.calls) == (5, 0, 3)
    hasty = Inquiry(passes.store, passes.judiciary, passes.clock, "city", always, endpoint_policy)
    passes.clock.advance(seconds=9)
    assert len(hasty.standings(references)) == 2
    assert (hasty.asked, hasty.unanswered) == (2, 3)
