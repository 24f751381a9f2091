"""A purge that ends anywhere: nothing is gone that is not on record, and the next purge goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import chain
from typing import Any

import pytest

from gateway.audit.audit_recipe import Check
from gateway.record.retention_class import Rule
from gateway.retention.offload import OffloadPolicy, offload_records
from gateway.retention.purge import purge
from gateway.runtime.errors import GatewayError
from gateway.runtime.pass_report import PassReport
from gateway.runtime.verdict import Verdict
from tests.archive.test_offload import rows

from .recorder import Recorder, reference
from .test_purging import RECEIPTS, SEALS, SENT, YEAR, audit, purged, recorder, verified

pytestmark = pytest.mark.long

__all__ = ["recorder"]


class Fuse:
    """Stands in for a port, and breaks before or after one of its calls, as a process that is killed there."""

    def __init__(self, target: Any, calls: list[int]) -> None:
        self._target, self._calls = target, calls

    def __getattr__(self, name: str) -> Any:
        method: Callable[..., Any] = getattr(self._target, name)

        def call(*arguments: Any) -> Any:
            self._burn()
            reported = [_Noting(a, self) if callable(a) else a for a in arguments]
            done = method(*reported)
            self._burn()
            return done

        return call

    def _burn(self) -> None:
        self._calls[0] -= 1
        if self._calls[0] == 0:
            raise Cut


class _Noting:
    def __init__(self, noting: Callable[[str], bool], fuse: Fuse) -> None:
        self._noting, self._fuse = noting, fuse

    def __call__(self, digest: str) -> bool:
        noted = self._noting(digest)
        self._fuse._burn()
        return noted


class Cut(Exception):
    """The process ended here."""


def boundaries(recorder: Recorder, rules: Sequence[Rule]) -> Iterator[None]:
    """Purge, cut at the first call, the second one, and so on, until it is not cut; each begins where the last was."""
    number = 0
    while True:
        number += 1
        calls = [number]
        ports = recorder.store.retention, verified(recorder), recorder.store
        retention, folder, store = (Fuse(port, calls) for port in ports)
        try:
            purged(recorder, *rules, retention=retention, folder=folder, store=store)
        except Cut:
            yield
        else:
            return


def test_wherever_a_process_ends_nothing_is_gone_that_is_not_on_record(recorder: Recorder) -> None:
    cuts = 0
    for _ in chain(boundaries(recorder, [RECEIPTS, SENT]), boundaries(recorder, [SEALS])):
        cuts += 1
        report = audit(recorder)
        assert {check for check, verdict in report.verdicts.items() if verdict is Verdict.FAILED} == set()
        left = offload_records(
            recorder.store.retention,
            verified(recorder),
            recorder.now,
            OffloadPolicy(after=1000 * YEAR),
            look_again=timedelta(),
        )
        assert left.errors == []
    assert cuts > 40
    assert audit(recorder).verdicts[Check.PAYLOAD] is Verdict.INDETERMINATE
    assert rows(recorder, "SELECT count(*) FROM deletion WHERE done_at IS NULL") == 0
    assert rows(recorder, "SELECT count(*) FROM deletion") == 14


def test_a_deletion_that_a_wrong_clock_recorded_waits_until_the_life_is_over(recorder: Recorder) -> None:
    right = recorder.now - timedelta(days=300)
    receipt = next(row for row in recorder.store.evidence.of_notice(reference(1)) if row.kind == "RECEIPT")
    recorder.now = right + YEAR

    def unanswered() -> PassReport:
        return PassReport("archive", errors=[GatewayError("time.no-authority")])

    ahead = purge(
        recorder.store,
        recorder.store.retention,
        verified(recorder),
        unanswered,
        [RECEIPTS],
        recorder.clock,
        "city",
    )
    assert ahead.counts == {"recorded": 6, "waiting": 6}
    recorder.now = right + timedelta(days=2)
    assert purged(recorder, RECEIPTS).counts == {"waiting": 6}
    assert recorder.store.evidence.payload(receipt.payload_digest)
    assert audit(recorder).verdicts[Check.PAYLOAD] is Verdict.PASSED
    recorder.now = right + timedelta(days=301)
    assert purged(recorder, replace(RECEIPTS, life=2 * YEAR)).counts == {"waiting": 6}, "the class is longer by now"
    assert purged(recorder, RECEIPTS).counts == {"segments_rewritten": 2, "deleted": 6}
