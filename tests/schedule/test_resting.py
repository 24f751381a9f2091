"""A task that reads whole files before it fails rests between attempts, and its alarm stays meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from adapters.schedule.resting import Resting
from gateway.runtime.errors import GatewayError
from gateway.runtime.may_continue import MayContinue, always
from gateway.runtime.pass_report import PassReport


def test_after_an_error_it_rests_and_goes_on_failing_until_it_is_put_right() -> None:
    now = [datetime(2026, 2, 3, tzinfo=UTC)]
    changed = GatewayError("archive.segment-changed")
    errors, tried = [changed], []

    def work(at: datetime, _may_continue: MayContinue) -> PassReport:
        tried.append(at)
        return PassReport("leave", errors=list(errors))

    resting = Resting(work, lambda: now[0], timedelta(minutes=10))
    assert resting(always).errors == [changed]
    now[0] += timedelta(minutes=9)
    assert (resting(always).errors, len(tried)) == ([changed], 1)
    errors.clear()
    now[0] += timedelta(minutes=1)
    assert (resting(always).errors, len(tried)) == ([], 2)
    assert (resting(always).errors, len(tried)) == ([], 3), "what went well has its turn each time"


def test_a_clock_that_was_put_back_does_not_make_it_rest_for_ever() -> None:
    now = [datetime(2026, 2, 3, tzinfo=UTC)]
    tried = []

    def work(at: datetime, _may_continue: MayContinue) -> PassReport:
        tried.append(at)
        return PassReport("leave", errors=[GatewayError("archive.segment-lost")])

    resting = Resting(work, lambda: now[0])
    resting(always)
    now[0] -= timedelta(days=1)
    resting(always)
    assert len(tried) == 2
