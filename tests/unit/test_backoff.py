"""The wait after a deferral: a table that can be read, more or less by a share that can be explained."""

from __future__ import annotations

from itertools import pairwise

import pytest

from gateway.notice.outbox import BACKOFF, JITTER, wait_after
from tests.conformance.builders import entry

MANY = 2000


@pytest.mark.parametrize("attempt", range(1, len(BACKOFF) + 3))
def test_notices_that_are_deferred_together_come_back_spread(attempt: int) -> None:
    usual = BACKOFF[min(attempt, len(BACKOFF)) - 1]
    waits = sorted(wait_after(entry(n, attempts=attempt)) for n in range(MANY))
    assert (1 - JITTER) * usual <= waits[0]
    assert waits[-1] <= (1 + JITTER) * usual
    assert max(later - earlier for earlier, later in pairwise(waits)) < usual * JITTER / 50


def test_a_wait_can_be_told_again_from_the_history() -> None:
    assert wait_after(entry(1, attempts=2)) == wait_after(entry(1, attempts=2, code="busy"))
    assert len({wait_after(entry(1, attempts=n)) / BACKOFF[-1] for n in range(4, 12)}) == 8
