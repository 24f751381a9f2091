"""Acts on notices that a person chooses by their body: none is left out while it moves on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from adapters.acts import notices
from adapters.acts.notices import HOLD, Chosen
from gateway.notice.delivery_state import DeliveryState
from gateway.operations.intervention import hold_notice

from .conftest import LEASE, SETTLE, Passes

BODY = "article-100"


class Listing:
    """Notices of a store. Something happens once, after its listing with this number."""

    def __init__(self, real: Any, number: int, happens: Callable[[], object]) -> None:
        self._real, self._left, self._happens = real, number, happens

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def find(self, **asked: Any) -> Any:
        found = self._real.find(**asked)
        self._left -= 1
        if self._left == 0:
            self._happens()
        return found


def installation(passes: Passes, listing: Listing) -> Any:
    store = SimpleNamespace(
        notices=listing, commit=passes.store.commit, recovery=passes.store.recovery, quarantine=passes.store.quarantine
    )
    settings = SimpleNamespace(
        gateway=SimpleNamespace(name="city"), judiciary=SimpleNamespace(settle_seconds=SETTLE), sources={}
    )
    return SimpleNamespace(store=lambda: store, clock=passes.clock, settings=settings)


def under_way(passes: Passes) -> list[str]:
    """Return the references of two notices that are being sent."""
    references = sorted(entry.reference for entry in passes.admit("1", "2"))
    now = passes.clock()
    claimed = passes.store.outbox.claim(
        destination="court", owner="one", now=now, due_by=now, lease=LEASE, limit=9, max_bytes=10**9
    )
    assert sorted(each.reference for each in claimed) == references
    return references


@pytest.mark.parametrize("number", range(1, 8))
def test_a_hold_of_a_body_leaves_none_out_that_moves_on_meanwhile(
    passes: Passes, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """They are being sent, and fall in doubt between two listings."""
    monkeypatch.setattr(notices, "PAGE", 1)
    references = under_way(passes)

    def lost() -> None:
        passes.clock.now += LEASE + timedelta(seconds=1)
        passes.rescue()

    listing = Listing(passes.store.notices, number, lost)
    facts = HOLD.perform(installation(passes, listing), passes.act("queue.hold"), Chosen(body=BODY))
    assert sorted(each["reference"] for each in facts["done"]) == references
    assert all(passes.entry(each).held for each in references)


def test_a_hold_of_a_body_takes_all_that_may_still_be_sent_and_nothing_else(passes: Passes) -> None:
    queued, held, sent = passes.admit("1", "2", "3")
    passes.intervene(held.reference, hold_notice)
    listing = Listing(passes.store.notices, 0, lambda: None)
    found = HOLD.perform(installation(passes, listing), passes.act("queue.hold"), Chosen(body=BODY, dry_run=True))
    assert sorted(found["meant"]) == sorted([queued.reference, sent.reference])
    passes.dispatch()
    assert passes.entry(sent.reference).state is DeliveryState.SUBMITTED
    found = HOLD.perform(installation(passes, listing), passes.act("queue.hold"), Chosen(body=BODY, dry_run=True))
    assert found["meant"] == []
