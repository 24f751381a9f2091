"""An act on many notices: judged before, done once for each, stopped, refused, and on record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.storage.sql_store import SqlStore
from gateway.judiciary.courier import NoAccount
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.outbox import ABSENT
from gateway.operations import bulk_control, intervention, person_acts, recovery
from gateway.operations.bulk_deeds import effect_of
from gateway.operations.intervention import Decision, DoubtDecision, EntryChange
from gateway.operations.operator_action import BY_CONSOLE
from gateway.people.permissions import Role
from gateway.runtime.errors import GatewayError
from gateway.store.bulk_act import UNCHANGED, BulkAct, BulkDeed, BulkEnd
from gateway.store.stored import Changes

from .bulk import BODY, EVERY, ORIGIN, Bulk, add_person, admitted, only
from .conftest import SETTLE, Passes

D, S = BulkDeed, DeliveryState


@pytest.fixture
def bulk(passes: Passes) -> Bulk:
    return Bulk(passes.store, passes.clock, add_person(passes.store, passes.clock()))


def mixed(passes: Passes) -> list[str]:
    """Bring twelve notices into five kinds of standing."""
    passes.admit(*map(str, range(3)))
    passes.judiciary.outcome = lambda _: NoAccount()
    passes.dispatch()
    passes.judiciary.outcome = None
    passes.admit(*map(str, range(3, 6)))
    passes.judiciary.answers = False
    passes.dispatch()
    passes.judiciary.answers = True
    passes.requeue = False
    for _ in range(3):
        passes.clock.advance(hours=1)
        passes.rescue()
    passes.admit(*map(str, range(6, 8)))
    passes.judiciary.answers = False
    passes.dispatch()
    passes.judiciary.answers = True
    passes.write_back()
    entries = passes.admit(*map(str, range(8, 12)))
    passes.intervene(entries[0].reference, intervention.hold_notice)
    passes.intervene(entries[1].reference, intervention.withdraw)
    return sorted(each.entry.reference for each in passes.store.notices.find(state=None, limit=100, after=None))


def judged(passes: Passes, deed: BulkDeed) -> tuple[Counter[S], Counter[S], Counter[tuple[str, S]]]:
    """Count by doing: try each single act, and look at what it says."""
    possible, already, impossible = Counter[S](), Counter[S](), Counter[tuple[str, S]]()
    for each in passes.store.notices.find(state=None, limit=100, after=None):
        entry = each.entry
        absent = entry.state is S.IN_DOUBT and entry.code == ABSENT
        if deed in (D.SEND_ABSENT, D.WITHDRAW_ABSENT) and entry.state is S.IN_DOUBT and not absent:
            impossible["bulk.unproven", entry.state] += 1
            continue
        try:
            done = passes.intervene(entry.reference, SINGLE[deed])
        except GatewayError as error:
            impossible[error.code, entry.state] += 1
        else:
            (possible if done.changed else already)[entry.state] += 1
    return possible, already, impossible


SINGLE = {
    D.RETRY: intervention.retry,
    D.HOLD: intervention.hold_notice,
    D.RELEASE: intervention.release_notice,
    D.WITHDRAW: intervention.withdraw,
    D.OTHER_CHANNEL: intervention.switch_channel,
    D.WRITE_AGAIN: intervention.rewrite,
    D.SEND_ABSENT: Decision(verdict=DoubtDecision.QUEUED, settle_after=SETTLE),
    D.WITHDRAW_ABSENT: Decision(verdict=DoubtDecision.WITHDRAWN, settle_after=SETTLE),
}


@pytest.mark.long
@pytest.mark.parametrize("deed", list(D))
def test_a_dry_run_says_what_single_acts_would_say(passes: Passes, bulk: Bulk, deed: BulkDeed) -> None:
    references = mixed(passes)
    drafted = bulk.draft(deed)
    assert passes.store.bulk_acts.running() == []
    possible, already, impossible = judged(passes, deed)
    seen = drafted.dry_run
    assert (seen.possible, seen.already, seen.impossible) == (possible, already, impossible)
    assert seen.matched == len(references) == sum(seen.states.values())
    assert drafted.total == possible.total() == len(bulk.outcomes(drafted))
    assert bulk.now(drafted) == drafted


def test_some_of_each_kind_are_in_these_figures(passes: Passes, bulk: Bulk) -> None:
    mixed(passes)
    seen = bulk.draft(D.HOLD).dry_run
    assert min(seen.possible.total(), seen.already.total(), seen.impossible.total()) > 0
    seen = bulk.draft(D.SEND_ABSENT).dry_run
    assert (seen.possible[S.IN_DOUBT], seen.impossible["bulk.unproven", S.IN_DOUBT]) == (3, 2)


@pytest.mark.long
@pytest.mark.parametrize("deed", list(D))
def test_each_notice_gets_its_act_once_with_a_record_of_its_own(passes: Passes, bulk: Bulk, deed: BulkDeed) -> None:
    mixed(passes)
    begun = bulk.begun(deed)
    before = {name: passes.entry(name) for name in bulk.outcomes(begun)}
    assert before
    passes.clock.advance(minutes=1)
    done_at = passes.clock()
    bulk.run()
    ended = bulk.now(begun)
    assert (ended.ended_as, ended.runs) == (BulkEnd.DONE, False)
    for reference, outcome in bulk.outcomes(begun).items():
        [act] = bulk.acts_on(reference, begun)
        assert (act["act"], act["outcome"], act["account"]) == (deed.act, outcome, "zahra")
        assert (act["authentication"], act["reason"]) == (BY_CONSOLE, begun.reason)
        assert act["at"].startswith(f"{done_at:%Y-%m-%dT%H:%M:%S}")
        after = SINGLE[deed](before[reference], done_at)
        present = passes.entry(reference)
        assert present.state is (after.step.after.state if after.step else before[reference].state)
        if after.mark and after.mark.held is not None:
            assert present.held is after.mark.held
    tally = passes.store.bulk_acts.tally(begun.id)
    assert (tally.done, tally.failed, tally.left) == (begun.total, 0, 0)
    assert bulk.run().idle


def test_begin_and_end_are_on_record_with_number_and_digest(passes: Passes, bulk: Bulk) -> None:
    references = admitted(passes, 7)
    begun = bulk.begun(D.HOLD)
    first = bulk.record(begun.began_by)
    digest = bulk_control.references_digest(references)
    assert (first["act"], first["notices"], first["references_digest"]) == ("bulk.begin", "7", digest)
    assert (first["bulk"], first["deed"], first["search"]) == (begun.id, "hold", "state=QUEUED")
    bulk.run()
    last = bulk.record(bulk.now(begun).ended_by)
    assert (last["act"], last["outcome"], last["notices"]) == ("bulk.end", "done", "7")
    assert (last["references_digest"], last["done"], last["failed"], last["left"]) == (digest, "7", "0", "0")
    assert {first["account"], last["account"]} == {"zahra"}
    assert bulk.begin(begun) == bulk.now(begun), "a repeated begin changes nothing"


def test_a_notice_that_moved_on_is_left_alone(passes: Passes, bulk: Bulk) -> None:
    references = admitted(passes, 5)
    begun = bulk.begun(D.WITHDRAW)
    passes.intervene(references[1], intervention.withdraw)
    passes.intervene(references[2], intervention.hold_notice)
    before = passes.store.notices.history(references[1])
    bulk.run()
    outcomes = bulk.outcomes(begun)
    assert outcomes[references[1]] == "bulk.moved"
    assert passes.store.notices.history(references[1]) == before
    assert bulk.acts_on(references[1], begun) == []
    assert outcomes[references[2]] == "bulk.moved", "somebody held it since, for a reason that the dry run did not show"
    assert passes.entry(references[2]).state is S.QUEUED
    tally = passes.store.bulk_acts.tally(begun.id)
    assert (tally.done, tally.failures, tally.left) == (3, {"bulk.moved": 2}, 0)
    assert bulk.record(bulk.now(begun).ended_by)["failed"] == "2"


class MovesFirst:
    """A store in which a notice moves on, or is ``moved`` by a person, between the reading and the commit."""

    def __init__(
        self, store: SqlStore, move: str, passes: Passes, moved: Sequence[EntryChange] = (intervention.withdraw,)
    ) -> None:
        self._store, self._move, self._passes, self._moved = store, move, passes, moved

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def commit(self, changes: Changes) -> frozenset[str]:
        if self._move and changes.bulk.outcomes:
            reference, self._move = self._move, ""
            for deed in self._moved:
                self._passes.clock.advance(seconds=1)
                self._passes.intervene(reference, deed)
        return self._store.commit(changes)


@pytest.mark.parametrize("deed", [D.WITHDRAW, D.HOLD])
def test_one_that_moves_on_at_the_last_moment_spoils_none_of_its_batch(
    passes: Passes, bulk: Bulk, deed: BulkDeed
) -> None:
    references = admitted(passes, 3)
    begun = bulk.begun(deed)
    passes.clock.advance(seconds=1)
    moving = MovesFirst(passes.store, references[1], passes)
    replace(bulk, store=moving).run()  # type: ignore[arg-type]
    outcomes = bulk.outcomes(begun)
    assert [name for name, outcome in outcomes.items() if outcome == "bulk.moved"] == [references[1]]
    assert [len(bulk.acts_on(name, begun)) for name in references] == [1, 0, 1]


def test_one_that_is_so_already_has_no_record(passes: Passes, bulk: Bulk) -> None:
    references = admitted(passes, 2)
    begun = bulk.begun(D.HOLD)
    passes.intervene(references[0], intervention.hold_notice)
    bulk.run()
    assert bulk.outcomes(begun) == {references[0]: UNCHANGED, references[1]: "held"}
    assert bulk.acts_on(references[0], begun) == []


def test_a_stop_leaves_the_rest_and_is_on_record(passes: Passes, bulk: Bulk) -> None:
    references = admitted(passes, 8)
    begun = bulk.begun(D.HOLD)
    bulk.run(only(2))
    bulk_control.stop(passes.store, begun.id, bulk.act("bulk.stop", account="reza"), ORIGIN)
    bulk.run()
    done = [name for name in references if passes.entry(name).held]
    assert len(done) == 3
    assert [name for name, outcome in bulk.outcomes(begun).items() if outcome is None] == references[3:]
    ended = bulk.now(begun)
    assert ended.ended_as is BulkEnd.STOPPED
    assert bulk.record(ended.stopped_by)["account"] == "reza"
    last = bulk.record(ended.ended_by)
    assert (last["outcome"], last["done"], last["left"]) == ("stopped", "3", "5")
    assert last["references_digest"] == bulk_control.references_digest(done)
    with pytest.raises(GatewayError, match=r"bulk\.ended"):
        bulk_control.stop(passes.store, begun.id, bulk.act("bulk.stop"), ORIGIN)


class StopsFirst(MovesFirst):
    """A store in which a person stops the act while a batch of it is being written."""

    bulk: Bulk
    begun: BulkAct

    def commit(self, changes: Changes) -> frozenset[str]:
        if self._move and changes.bulk.outcomes:
            self._move = ""
            bulk_control.stop(self._passes.store, self.begun.id, self.bulk.act("bulk.stop"), ORIGIN)
        return self._store.commit(changes)


def test_a_batch_that_comes_after_the_stop_writes_nothing(passes: Passes, bulk: Bulk) -> None:
    references = admitted(passes, 3)
    stopping = StopsFirst(passes.store, "once", passes)
    stopping.bulk, stopping.begun = bulk, bulk.begun(D.WITHDRAW)
    replace(bulk, store=stopping).run()  # type: ignore[arg-type]
    assert set(bulk.outcomes(stopping.begun).values()) == {None}
    assert {passes.entry(name).state for name in references} == {S.QUEUED}
    assert bulk.record(bulk.now(stopping.begun).ended_by)["left"] == "3"


def test_a_stop_that_was_cut_off_is_ended_by_the_pass(
    passes: Passes, bulk: Bulk, monkeypatch: pytest.MonkeyPatch
) -> None:
    admitted(passes, 4)
    begun = bulk.begun(D.HOLD)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(bulk_control, "end", killed)
        with pytest.raises(KeyboardInterrupt):
            bulk_control.stop(passes.store, begun.id, bulk.act("bulk.stop"), ORIGIN)
    assert bulk.now(begun).ended_at is None
    bulk.run()
    assert bulk.now(begun).ended_as is BulkEnd.STOPPED
    assert set(bulk.outcomes(begun).values()) == {None}


@pytest.mark.parametrize("how", ["deactivated", "another role", "other bodies"])
def test_the_rest_is_not_done_for_a_person_who_may_not_act_any_more(passes: Passes, how: str) -> None:
    person = add_person(passes.store, passes.clock(), Role.COMMISSION_SECRETARY, frozenset({BODY}))
    bulk = Bulk(passes.store, passes.clock, person)
    admitted(passes, 6)
    begun = bulk.begun(D.HOLD)
    bulk.run(only(2))
    act = bulk.act("person.roles", account="officer")
    if how == "deactivated":
        person_acts.deactivate(passes.store, person, act, ORIGIN)
    elif how == "another role":
        person_acts.give(passes.store, person, frozenset({Role.AUDITOR}), frozenset(), act, ORIGIN)
    else:
        person_acts.give(passes.store, person, person.roles, frozenset({"another"}), act, ORIGIN)
    bulk.run()
    ended, tally = bulk.now(begun), passes.store.bulk_acts.tally(begun.id)
    assert ended.ended_as is BulkEnd.NOT_PERMITTED
    assert (tally.done, tally.left) == (3, 3)
    assert bulk.record(ended.ended_by)["outcome"] == "not-permitted"


def test_in_a_recovery_the_rules_of_single_acts_hold(passes: Passes, bulk: Bulk) -> None:
    references = admitted(passes, 3)
    passes.clock.advance(minutes=1)
    recovery.declare(passes.store, bulk.act("recovery.begin"), ORIGIN)
    passes.clock.advance(minutes=1)
    drafted = bulk.draft(D.WITHDRAW)
    assert drafted.dry_run.impossible == {("queue.unasked", S.QUEUED): 3}
    begun = bulk.begun(D.HOLD)
    bulk.run()
    assert bulk.now(begun).ended_as is BulkEnd.DONE
    assert all(passes.entry(name).held for name in references)


def test_a_restore_ends_what_ran_before(passes: Passes, bulk: Bulk) -> None:
    """A backup may hold an act that somebody has stopped since, or whose person is not here any more."""
    admitted(passes, 6)
    begun = bulk.begun(D.HOLD)
    bulk.run(only(2))
    passes.clock.advance(minutes=1)
    recovery.declare(passes.store, bulk.act("recovery.begin"), ORIGIN)
    bulk.run()
    assert bulk.now(begun).ended_as is BulkEnd.RESTORED
    assert passes.store.bulk_acts.tally(begun.id).left == 3


def test_two_acts_go_on_in_turn(passes: Passes, bulk: Bulk) -> None:
    """A short one does not wait for a long one."""
    admitted(passes, 9)
    long = bulk.begun(D.HOLD)
    passes.clock.advance(seconds=1)
    short = bulk.begun(D.WITHDRAW, replace(EVERY, states=frozenset({S.QUEUED})))
    bulk.run(only(3))
    assert [passes.store.bulk_acts.tally(each.id).left for each in (long, short)] == [6, 6]
    bulk.run()
    assert {bulk.now(each).ended_as for each in (long, short)} == {BulkEnd.DONE}
    assert [each.id for each in passes.store.bulk_acts.recent(None, limit=5)] == [short.id, long.id]


def test_recent_acts_are_those_of_visible_bodies_alone(passes: Passes, bulk: Bulk) -> None:
    admitted(passes, 2)
    begun = bulk.begun(D.HOLD)
    bulk.draft(D.WITHDRAW)
    store = passes.store.bulk_acts
    assert [each.id for each in store.recent(frozenset({BODY, "another"}), limit=5)] == [begun.id]
    assert store.recent(frozenset({"another"}), limit=5) == []
    assert store.recent(frozenset(), limit=5) == []
    assert begun.began_at is not None
    assert store.recent(None, limit=5, before=(begun.began_at, begun.id)) == []
    assert [each.id for each in store.recent(None, limit=5, before=(begun.began_at + timedelta(seconds=1), ""))] == [
        begun.id
    ]


def test_a_decision_on_many_is_for_proven_absence_alone() -> None:
    """Of the deeds none counts a doubt as arrived: each has its own tracking number."""
    assert {deed for deed in D if deed.act == "queue.decide"} == {D.SEND_ABSENT, D.WITHDRAW_ABSENT}
    assert effect_of(D.HOLD, SETTLE) is intervention.hold_notice
