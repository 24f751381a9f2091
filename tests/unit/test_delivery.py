"""The states of a notice, and the page that shows them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.notice.delivery_state import (
    FINAL,
    TRANSITIONS,
    DeliveryEvent,
    DeliveryState,
    IllegalTransition,
    after,
    may_follow,
)

ARCHITECTURE = (Path(__file__).parents[2] / "ARCHITECTURE.md").read_text(encoding="utf-8")


def test_the_architecture_page_shows_the_table_of_the_code() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| (\w+) \| `([A-Z_]+)` \|$", ARCHITECTURE, re.MULTILINE)
    shown = {(DeliveryState(a), DeliveryEvent(e)): DeliveryState(b) for a, e, b in rows}
    assert shown == TRANSITIONS
    assert len(rows) == len(TRANSITIONS)


def test_the_architecture_page_names_the_final_states() -> None:
    line = re.search(r"^Final: (.*?)\.", ARCHITECTURE, re.MULTILINE)
    assert line is not None
    assert {DeliveryState(name) for name in re.findall(r"`(\w+)`", line[1])} == FINAL


def test_no_event_changes_a_final_state() -> None:
    assert all(TRANSITIONS[state, event] is state for state, event in TRANSITIONS if state in FINAL)


def test_every_state_but_final_ones_and_delivered_can_be_left() -> None:
    left = {state for (state, _), to in TRANSITIONS.items() if to is not state}
    assert set(DeliveryState) - left == FINAL


def test_every_state_is_reached_from_the_queue() -> None:
    reached, frontier = {DeliveryState.QUEUED}, [DeliveryState.QUEUED]
    while frontier:
        here = frontier.pop()
        new = {to for (state, _), to in TRANSITIONS.items() if state is here} - reached
        reached |= new
        frontier += new
    assert reached == set(DeliveryState)


def test_no_arrival_follows_where_the_notice_was_undeliverable_rejected_or_had_no_account() -> None:
    never = {state for state in DeliveryState if not may_follow(state, DeliveryEvent.CONTENT_CONSIGNMENT)}
    s = DeliveryState
    assert never == {s.UNDELIVERABLE, s.OTHER_CHANNEL, s.NO_ACCOUNT, s.REJECTED}
    assert not may_follow(s.DELIVERED, DeliveryEvent.CONTENT_CONSIGNMENT_FAILURE)


def test_an_expired_lease_never_leads_back_to_the_queue() -> None:
    assert after(DeliveryState.SENDING, DeliveryEvent.LEASE_EXPIRY) is DeliveryState.IN_DOUBT


def test_viewing_may_overtake_arrival() -> None:
    assert after(DeliveryState.SUBMITTED, DeliveryEvent.CONTENT_HANDOVER) is DeliveryState.VIEWED
    assert after(DeliveryState.VIEWED, DeliveryEvent.CONTENT_CONSIGNMENT) is DeliveryState.VIEWED


@pytest.mark.parametrize("state", sorted(FINAL))
def test_a_claim_of_an_ended_notice_is_refused(state: DeliveryState) -> None:
    with pytest.raises(IllegalTransition, match=f"Claim cannot happen to a notice that is {state}"):
        after(state, DeliveryEvent.CLAIM)
