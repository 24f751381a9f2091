"""Account and reason of the last stop or resume stay readable, whatever retention deletes and whatever leaves."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.acts.upkeep_facts import switch_facts
from adapters.storage.records.evidence_store import SqlEvidenceStore
from gateway.operations.intervention import throw_switch
from gateway.record.evidence_record import EvidenceKind
from gateway.record.retention_class import Rule
from gateway.runtime.errors import GatewayError

from .recorder import Recorder
from .test_offload import leave
from .test_purging import YEAR, by_clerk, purged, recorder

__all__ = ["recorder"]

ACTS = Rule(name="acts", kinds=frozenset({EvidenceKind.PERSON_ACT}), life=YEAR)


def throw(recorder: Recorder, name: str) -> None:
    recorder.now += timedelta(hours=1)
    throw_switch(recorder.store, by_clerk(recorder, name), "city", stopped=name == "stop-everything")


def test_a_purge_deletes_earlier_uses_of_the_switch_and_keeps_the_last(recorder: Recorder) -> None:
    throw(recorder, "stop-everything")
    throw(recorder, "resume")
    recorder.archive()
    recorder.now += YEAR
    before = switch_facts(recorder.store)
    assert purged(recorder, ACTS).counts["deleted"] == 1
    assert switch_facts(recorder.store) == before
    assert (before["account"], before["reason"]) == ("clerk", "a court asked for it")
    throw(recorder, "stop-everything")
    assert purged(recorder, ACTS).counts["deleted"] == 1, "the use that was the last one before"


def test_the_last_use_is_told_without_the_folder_of_the_archive(recorder: Recorder) -> None:
    throw(recorder, "stop-everything")
    recorder.archive()
    recorder.now += YEAR
    before = switch_facts(recorder.store)
    assert leave(recorder).counts["in_use"] == 1
    recorder.folder.rename(recorder.folder.with_name("elsewhere"))
    assert switch_facts(recorder.store) == before


@pytest.mark.parametrize(
    "code", ["retention.deleted", "archive.unreachable", "archive.folder", "store.payload-missing"]
)
def test_the_switch_is_told_although_its_record_cannot_be_read(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    """Text that an earlier version deleted, or that left with a segment which is not here."""
    throw(recorder, "stop-everything")
    before = switch_facts(recorder.store)

    def unread(_store: SqlEvidenceStore, digest: str) -> bytes:
        raise GatewayError(code, where=digest)

    monkeypatch.setattr(SqlEvidenceStore, "payload", unread)
    unknown = {"account": None, "authentication": None, "reason": None}
    assert switch_facts(recorder.store) == before | unknown


def test_a_store_that_does_not_answer_is_told_as_such(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    throw(recorder, "stop-everything")

    def gone(_store: SqlEvidenceStore, _digest: str) -> bytes:
        raise GatewayError("store.unavailable")

    monkeypatch.setattr(SqlEvidenceStore, "payload", gone)
    with pytest.raises(GatewayError) as told:
        switch_facts(recorder.store)
    assert told.value.code == "store.unavailable"
