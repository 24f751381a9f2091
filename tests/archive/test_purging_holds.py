"""Legal holds and purges: a held notice keeps whatever its messages are made of, also if the hold comes meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import timedelta

import pytest

from adapters.archive.verified_zips import VerifiedZips
from adapters.verifier.archive.auditor import segments
from gateway.record.retention_class import About
from gateway.retention.legal_hold import lift_legal_hold, place_legal_hold
from gateway.retention.offload import OffloadPolicy, offload_records
from gateway.runtime.errors import GatewayError
from tests.archive.spoiled import entries

from .recorder import Recorder, reference
from .test_purging import SEALS, SENT, admit, by_clerk, purged, recorder, seal_of, verified

__all__ = ["recorder"]


def hold(recorder: Recorder, number: int) -> None:
    place_legal_hold(recorder.store, by_clerk(recorder, "archive.hold"), About.NOTICE, reference(number), "city")


def meanwhile(recorder: Recorder, first: int, happens: Callable[[], None]) -> VerifiedZips:
    """Return the archive's folder; something happens once, just before the segment from ``first`` on is replaced."""
    folder, still = verified(recorder), [happens]
    write = folder.write_without

    def write_without(at: int, end: int, gone: Collection[str], noting: Callable[[str], bool]) -> str | None:
        def noted(digest: str) -> bool:
            if at == first and still:
                still.pop()()
            return noting(digest)

        return write(at, end, gone, noted)

    folder.write_without = write_without  # type: ignore[method-assign]
    return folder


def test_a_held_notice_keeps_its_message_whole(recorder: Recorder) -> None:
    admit(recorder, 0, 1, 2)
    hold(recorder, 0)
    recorder.archive()
    sent = recorder.store.evidence.record("sent:0")
    assert sent is not None
    message = recorder.store.evidence.payload(sent.payload_digest)
    assert purged(recorder, SEALS, SENT).counts["deleted"] == 4, "the other message with its three seals"
    assert recorder.store.evidence.payload(sent.payload_digest) == message


def test_a_hold_that_comes_while_a_segment_is_written_keeps_what_is_in_it(recorder: Recorder) -> None:
    admit(recorder, 0, 1, 2)
    recorder.archive()
    folder = meanwhile(recorder, 0, lambda: hold(recorder, 0))
    counts = purged(recorder, SEALS, folder=folder).counts
    assert counts == {"recorded": 6, "deleted": 3, "segments_rewritten": 1, "waiting": 3}
    digest = seal_of(recorder, 0)
    assert f"payloads/{digest[7:]}" in dict(entries(segments(recorder.folder)[0]))
    assert len(recorder.store.evidence.payload(digest)) > 0
    assert list(recorder.folder.glob("*.rewriting")) == []


def test_a_hold_that_comes_after_a_segment_was_written_keeps_what_the_database_has(recorder: Recorder) -> None:
    admit(recorder, 0, 1, 2)
    recorder.archive()
    digest, later = seal_of(recorder, 0), verified(recorder).ranges()[1][0]
    counts = purged(recorder, SEALS, folder=meanwhile(recorder, later, lambda: hold(recorder, 0))).counts
    assert counts == {"recorded": 6, "deleted": 3, "segments_rewritten": 2, "waiting": 3}
    recorder.archive()
    left = offload_records(recorder.store.retention, verified(recorder), recorder.now, OffloadPolicy(after=timedelta()))
    assert (left.errors, left.counts["in_use"]) == ([], 3), "its segment has it no longer"
    assert len(recorder.store.evidence.payload(digest)) > 0
    act, held = by_clerk(recorder, "archive.unhold"), recorder.store.retention.holds()
    lift_legal_hold(recorder.store, act, held, About.NOTICE, reference(0), "city")
    recorder.archive()
    assert purged(recorder, SEALS).counts == {"deleted": 3}
    with pytest.raises(GatewayError) as refused:
        recorder.store.evidence.payload(digest)
    assert refused.value.code == "retention.deleted"
