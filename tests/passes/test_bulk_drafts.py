"""Drafts of acts on many notices: their bodies, their person, and their end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.operations import bulk_control, bulk_draft, person_acts
from gateway.operations.operator_action import BY_KERNEL
from gateway.people.permissions import Role
from gateway.runtime.errors import GatewayError
from gateway.search.notice_query import NoticeQuery
from gateway.store.bulk_act import BulkDeed

from .bulk import BODY, ORIGIN, Bulk, add_person, admitted
from .conftest import Passes

D = BulkDeed


@pytest.fixture
def bulk(passes: Passes) -> Bulk:
    return Bulk(passes.store, passes.clock, add_person(passes.store, passes.clock()))


def test_a_draft_has_notices_of_the_own_bodies_only(passes: Passes) -> None:
    admitted(passes, 3)
    elsewhere = add_person(passes.store, passes.clock(), Role.COMMISSION_SECRETARY, frozenset({"another"}))
    with pytest.raises(GatewayError, match=r"bulk\.none"):
        Bulk(passes.store, passes.clock, elsewhere).draft(D.HOLD)
    # Whatever the query itself says.
    with pytest.raises(GatewayError, match=r"bulk\.none"):
        Bulk(passes.store, passes.clock, elsewhere).draft(D.HOLD, NoticeQuery(visible_bodies=frozenset({BODY})))
    own = add_person(passes.store, passes.clock(), Role.COMMISSION_SECRETARY, frozenset({BODY}), login="maryam")
    assert Bulk(passes.store, passes.clock, own).draft(D.HOLD).bodies == {BODY}


def test_only_its_person_begins_a_draft_and_only_while_it_is_fresh(passes: Passes, bulk: Bulk) -> None:
    references = admitted(passes, 2)
    drafted = bulk.draft(D.HOLD)
    for act in (bulk.act("bulk.begin", account="reza"), replace(bulk.act("bulk.begin"), authentication=BY_KERNEL)):
        with pytest.raises(GatewayError, match=r"bulk\.other-person"):
            bulk_control.begin(passes.store, drafted.id, act, ORIGIN)
    passes.clock.advance(minutes=61)
    with pytest.raises(GatewayError, match=r"bulk\.expired"):
        bulk.begin(drafted)
    with pytest.raises(GatewayError, match=r"bulk\.empty"):
        bulk.begin(bulk.draft(D.OTHER_CHANNEL))
    again = bulk.draft(D.HOLD)
    person_acts.deactivate(passes.store, bulk.person, bulk.act("person.deactivate", account="officer"), ORIGIN)
    with pytest.raises(GatewayError, match=r"bulk\.not-permitted"):
        bulk.begin(again)
    bulk.run()
    assert not any(passes.entry(name).held for name in references)


def test_a_draft_by_a_clock_that_is_a_little_ahead_is_begun(passes: Passes, bulk: Bulk) -> None:
    """Two consoles of one store: the one that begins the draft is behind the one that made it."""
    admitted(passes, 2)
    drafted = bulk.draft(D.HOLD)
    passes.clock.advance(seconds=-2)
    assert bulk.begin(drafted).runs
    # By a clock that was wrong nobody knows how old it is.
    wrong = bulk.draft(D.WITHDRAW)
    passes.clock.advance(hours=-5)
    with pytest.raises(GatewayError, match=r"bulk\.expired"):
        bulk.begin(wrong)


def test_an_old_draft_is_deleted_and_a_bulk_act_is_not(passes: Passes, bulk: Bulk) -> None:
    admitted(passes, 4)
    begun, drafted = bulk.begun(D.HOLD), bulk.draft(D.WITHDRAW)
    discarded = bulk.draft(D.RETRY)
    passes.store.bulk_acts.discard(discarded.id)
    passes.store.bulk_acts.discard(begun.id)
    bulk.run()
    assert bulk.now(drafted) == drafted
    passes.clock.advance(minutes=61)
    fresh = bulk.draft(D.RELEASE)
    bulk.run()
    assert passes.store.bulk_acts.get(drafted.id) is None
    assert passes.store.bulk_acts.get(discarded.id) is None
    assert bulk.outcomes(drafted) == {}
    assert bulk.now(fresh) == fresh
    assert len(bulk.outcomes(begun)) == 4
    # Piece by piece, too: a draft of many notices must not hold the database.
    passes.clock.advance(minutes=61)
    assert passes.store.bulk_acts.forget_drafts(passes.clock(), 3) == 3
    assert bulk.now(fresh) == fresh
    assert passes.store.bulk_acts.forget_drafts(passes.clock(), 3) == 1
    assert passes.store.bulk_acts.get(fresh.id) is None


def test_too_many_are_refused_before_any_is_read(passes: Passes, bulk: Bulk, monkeypatch: pytest.MonkeyPatch) -> None:
    admitted(passes, 5)
    monkeypatch.setattr(bulk_draft, "MOST", 4)
    with pytest.raises(GatewayError, match=r"bulk\.too-many"):
        bulk.draft(D.HOLD)
    monkeypatch.setattr(bulk_draft, "MOST", 5)
    monkeypatch.setattr(bulk_draft, "_PAGE", 2)
    assert bulk.draft(D.HOLD).total == 5
    with pytest.raises(GatewayError, match=r"bulk\.reason"):
        bulk.draft(D.HOLD, reason=" ")
