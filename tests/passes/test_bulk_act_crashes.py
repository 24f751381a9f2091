"""The pass of bulk acts is killed at each of its boundaries, and run again: each notice has its act once."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from adapters.storage.engine.engine import Database
from adapters.storage.payloads.payloads import DatabasePayloads, PayloadStore
from adapters.storage.payloads.segments import SegmentPayloads
from adapters.storage.sql_store import SqlStore
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.store.bulk_act import BulkDeed, BulkEnd
from tests.crash_matrix.boundaries import COMMIT_UNANSWERED, COMMIT_UNHEARD, Fuse, watch_database, watch_segments
from tests.databases import DATABASES
from tests.forked import forked
from tests.manual_clock import ManualClock

from .bulk import Bulk, add_person
from .case_table import Cases
from .conftest import Passes
from .ports import JudiciaryService

pytestmark = pytest.mark.slow

NUMBER = 5
"""Notices: a batch of three and one of two."""

PARTS = 3
"""Tests among which the boundaries are divided."""


@contextmanager
def opened(url: str, folder: Path) -> Iterator[tuple[Passes, Bulk]]:
    payloads: PayloadStore = SegmentPayloads(folder / "payloads") if url.startswith("sqlite") else DatabasePayloads()
    with closing(SqlStore(Database(url), payloads)) as store:
        clock = ManualClock()
        person = store.people.get("id-zahra") or add_person(store, clock())
        clock.advance(minutes=1)
        yield Passes(store, Cases(), JudiciaryService(clock), clock), Bulk(store, clock, person)


def prepare(url: str, folder: Path, deed: BulkDeed) -> None:
    with opened(url, folder) as (passes, bulk):
        passes.admit(*map(str, range(NUMBER)))
        bulk.begun(deed)


def work(url: str, folder: Path, fuse: Fuse) -> None:
    watch_database(fuse)
    watch_segments(fuse)
    with opened(url, folder) as (passes, bulk):
        passes.clock.advance(minutes=1)
        bulk.run()
    (folder / "places").write_text(json.dumps(fuse.places))


def finish(url: str, folder: Path, deed: BulkDeed) -> int:
    """Run the pass again, and look at everything; return how many notices the killed one had done."""
    with opened(url, folder) as (passes, bulk):
        passes.clock.advance(minutes=2)
        [act] = passes.store.bulk_acts.running() or passes.store.bulk_acts.recent(None, limit=1)
        before = passes.store.bulk_acts.tally(act.id).done
        bulk.run()
        ended, outcomes = bulk.now(act), bulk.outcomes(act)
        assert ended.ended_as is BulkEnd.DONE
        assert len(outcomes) == NUMBER
        for reference, outcome in outcomes.items():
            [done] = bulk.acts_on(reference, act)
            assert done["outcome"] == outcome
            withdrawals = [each for each in passes.events(reference) if each is DeliveryEvent.WITHDRAWAL]
            present = passes.entry(reference)
            if deed is BulkDeed.WITHDRAW:
                assert (present.state, len(withdrawals), outcome) == (DeliveryState.WITHDRAWN, 1, "withdrawn")
            else:
                assert (present.held, len(withdrawals), outcome) == (True, 0, "held")
        last = bulk.record(ended.ended_by)
        assert (last["done"], last["failed"], last["left"]) == (str(NUMBER), "0", "0")
        return before


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize(
    ("database", "deed"),
    [*((database, BulkDeed.WITHDRAW) for database in DATABASES), ("sqlite", BulkDeed.HOLD)],
)
@pytest.mark.exhaustive(keep=1)
def test_a_kill_at_any_boundary_does_nothing_twice(tmp_path: Path, database: str, deed: BulkDeed, part: int) -> None:
    def run(name: str, blow_at: int | None) -> tuple[list[str], int]:
        folder = tmp_path / name
        folder.mkdir()
        with DATABASES[database](folder) as url:
            assert forked(lambda: prepare(url, folder, deed)) == 0
            status = forked(lambda: work(url, folder, Fuse(blow_at)))
            assert status == 0 or (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL)
            places = json.loads((folder / "places").read_text()) if status == 0 else []
            return places, finish(url, folder, deed)

    places, done = run("undisturbed", None)
    assert done == NUMBER
    lived = {COMMIT_UNANSWERED, COMMIT_UNHEARD} if database == "postgresql" else set()
    assert {"before UPDATE bulk_act_notice", "before UPDATE bulk_act", "before INSERT evidence", *lived} <= set(places)
    # The last of a kind, too: the second batch, and the end.
    wanted = {number for number, place in enumerate(places) if place not in places[:number]}
    wanted |= {number for number, place in enumerate(places) if place not in places[number + 1 :]}
    found = {run(str(number), number)[1] for number in sorted(wanted)[part::PARTS]}
    assert found == {0, 3, NUMBER}, "killed before the first batch, between the two, and after both"
