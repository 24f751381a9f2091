"""Segments join without a file: nothing is kept of a segment except its faults."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

import pytest

from gateway.archive.segment import Manifest
from gateway.audit.archive_report import MAX_FINDINGS, join
from gateway.audit.audit import SegmentAudit
from gateway.audit.audit_recipe import Check
from gateway.merkle.tree import Frontier, leaf_hash
from gateway.runtime.verdict import Verdict

pytestmark = pytest.mark.long

ORIGIN = "city.example/archive"


def segments(count: int, wrong: int = 0) -> Iterator[SegmentAudit]:
    """Segments of one record each, that join; so much is ``wrong`` with each."""
    tree = Frontier()
    for number in range(count):
        after = tree.extend([leaf_hash(number.to_bytes(4, "big"))])
        manifest = Manifest(origin=ORIGIN, first=number, end=number + 1, before=tree)
        audit = SegmentAudit(file=manifest.file, manifest=manifest, after=after, last_root=after.root())
        audit.kinds["RECEIPT"] += 1
        for each in range(wrong):
            audit.add(Check.SIGNATURE, f"record {number}", f"reason {each} " + "x" * 300)
        yield audit
        tree = after


def test_a_good_chain_joins() -> None:
    report = join(segments(100))
    assert report.verdicts[Check.JOIN] is Verdict.PASSED
    assert (report.size, report.segments, report.records, report.origin) == (100, 100, 100, ORIGIN)
    assert report.root is not None


def test_nothing_of_the_archive_means_nothing_passed() -> None:
    report = join([])
    assert (report.size, report.root, report.failed) == (0, None, False)
    assert Verdict.PASSED not in report.verdicts.values()


def test_memory_does_not_grow_with_the_archive() -> None:
    def peak(count: int) -> int:
        tracemalloc.start()
        try:
            join(segments(count, wrong=2))
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    # What is told is told in full by then; what is more is counted.
    full = peak(MAX_FINDINGS)
    assert peak(4 * MAX_FINDINGS) < 1.2 * full


def test_what_is_said_of_the_whole_is_told_however_much_is_wrong_with_its_parts() -> None:
    report = join(each for each in segments(MAX_FINDINGS, wrong=3) if each.file != "000000000005-000000000006.zip")
    assert len(report.findings) == MAX_FINDINGS
    assert report.findings[0].check is Check.JOIN
    assert report.findings[0].reason == "records are missing: 5 to 6"
    assert report.untold == 3 * (MAX_FINDINGS - 1) + 2 - MAX_FINDINGS
    assert report.verdicts[Check.SIGNATURE] is Verdict.FAILED


def test_a_segment_that_could_not_be_read_breaks_the_chain_and_no_more() -> None:
    def spoiled() -> Iterator[SegmentAudit]:
        for audit in segments(4):
            if audit.file.startswith("000000000001-"):
                broken = SegmentAudit(file=audit.file)
                broken.add(Check.CONTAINER, audit.file, "no ZIP file")
                yield broken
            else:
                yield audit

    report = join(spoiled())
    assert report.verdicts[Check.JOIN] is Verdict.INDETERMINATE
    assert report.passed[Check.JOIN] == 2
    assert report.size == 4
