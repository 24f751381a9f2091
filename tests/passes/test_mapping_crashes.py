"""A person's command that is killed, or loses its database's answer, at each step of putting a mapping in force.

The person gives the command again, and in the end one decision stands there, with its evidence and the mapping itself;
where the first command was not heard of, it was done whole or not at all.
"""

from __future__ import annotations

import json
import os
import signal
from contextlib import closing
from pathlib import Path

import pytest

from adapters.storage.engine.engine import Database
from adapters.storage.payloads.payloads import DatabasePayloads, PayloadStore
from adapters.storage.payloads.segments import SegmentPayloads
from adapters.storage.sql_store import SqlStore
from gateway.operations.operator_action import OperatorAction
from gateway.store.version_state import MappingEvent, MappingState
from gateway.versions import version_actions
from tests.conformance.builders import at
from tests.crash_matrix.boundaries import COMMIT_UNANSWERED, COMMIT_UNHEARD, Fuse, watch_database, watch_segments
from tests.databases import DATABASES
from tests.forked import forked

pytestmark = [pytest.mark.slow, pytest.mark.long]

OCTETS, NAME = b"# a mapping", "case-view-1"
ACTIVATION = OperatorAction(name="mapping.activate", account="maryam", reason="آزمون", at=at(hours=1))


def opened(url: str, folder: Path) -> SqlStore:
    payloads: PayloadStore = SegmentPayloads(folder / "payloads") if url.startswith("sqlite") else DatabasePayloads()
    return SqlStore(Database(url), payloads)


def prepare(url: str, folder: Path) -> None:
    with closing(opened(url, folder)) as store:
        act = OperatorAction(name="mapping.import", account="maryam", reason="آزمون", at=at())
        version = version_actions.import_version(store, OCTETS, NAME, "columns", act, "city").version
        version = version_actions.submit(store, version, "columns", act, "city").version
        version_actions.approve(
            store, version, OperatorAction(name="mapping.approve", account="reza", reason="آزمون", at=at()), "city"
        )


def activate(url: str, folder: Path, fuse: Fuse) -> None:
    watch_database(fuse)
    watch_segments(fuse)
    with closing(opened(url, folder)) as store:
        version_actions.activate(
            store, version_actions.find(store.versions, NAME), ["cases"], ACTIVATION.at, ACTIVATION, "city"
        )
    (folder / "places").write_text(json.dumps(fuse.places))


def is_whole(store: SqlStore) -> bool:
    """Return True if the decision is there; assert that all of it is, or nothing."""
    decisions, [version] = store.versions.activations("cases"), store.versions.find(NAME)
    steps = [step for step in store.versions.history(NAME, 1) if step.event is MappingEvent.ACTIVATION]
    assert (version.state is MappingState.ACTIVE) == (len(decisions) == 1) == (len(steps) == 1), (decisions, version)
    for decision in decisions:
        record = store.evidence.record(decision.evidence_id)
        assert record is not None
        assert store.evidence.payload(record.payload_digest) == OCTETS
    return bool(decisions)


@pytest.mark.parametrize("database", DATABASES)
@pytest.mark.exhaustive(keep=1)
def test_a_kill_at_any_step_of_an_activation_leaves_it_done_or_not(tmp_path: Path, database: str) -> None:
    def run(name: str, blow_at: int | None) -> tuple[list[str], bool]:
        """Return the boundaries, and whether the first command did anything."""
        folder = tmp_path / name
        folder.mkdir()
        with DATABASES[database](folder) as url:
            assert forked(lambda: prepare(url, folder)) == 0
            status = forked(lambda: activate(url, folder, Fuse(blow_at)))
            assert status == 0 or (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL)
            places = json.loads((folder / "places").read_text()) if status == 0 else []
            with closing(opened(url, folder)) as store:
                done = is_whole(store)
                if not done:
                    version_actions.activate(
                        store, version_actions.find(store.versions, NAME), ["cases"], ACTIVATION.at, ACTIVATION, "city"
                    )
                assert is_whole(store)
            return places, done

    places, done = run("undisturbed", None)
    assert done
    wanted = {place: number for number, place in reversed(list(enumerate(places)))}
    tables = {"mapping_step", "mapping_activation", "evidence"}
    assert {f"before INSERT {table}" for table in tables} | {"before UPDATE mapping_version"} <= set(wanted)
    lived = {COMMIT_UNANSWERED, COMMIT_UNHEARD} if database == "postgresql" else set()
    assert lived <= set(wanted)
    for place, number in wanted.items():
        _, done = run(str(number), number)
        # Where the connection broke and the process lived on, the store began the transaction again.
        assert done == (place in lived | {"after COMMIT"}), place
