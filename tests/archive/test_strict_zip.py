"""Segments are read within bounds: as large as ours can be, and no more work than their octets are worth."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from adapters.verifier.archive import segment_reader
from adapters.verifier.archive.auditor import audit_archive
from adapters.verifier.archive.strict_zip import Bounds, StrictZip
from gateway.archive.segment import NotASegment
from gateway.audit.audit_recipe import Check
from gateway.runtime.verdict import Verdict

from .second_directory import name_all_twice

MANY = 66_000
"""Entries of which the end record of a ZIP file cannot tell the number in 16 bits."""


def read(path: Path, bounds: Bounds) -> int:
    with closing(StrictZip(bounds, lambda _: None, NotASegment)) as found:
        return len(found.open(path))


@pytest.mark.long
def test_a_segment_with_more_entries_than_16_bits_tell_is_read(tmp_path: Path) -> None:
    path = tmp_path / "many.zip"
    with ZipFile(path, "w", ZIP_DEFLATED) as file:
        file.writestr("records.jsonl", b"a line\n")
        for number in range(MANY):
            file.writestr(f"payloads/{number:064x}", b"")
    bounds = Bounds(directory=MANY * 200, entries=MANY + 1, octets=1024)
    assert read(path, bounds) == MANY + 1
    with pytest.raises(NotASegment, match="too large"):
        read(path, Bounds(directory=MANY * 200, entries=MANY, octets=1024))
    with pytest.raises(NotASegment, match="too large"):
        read(path, Bounds(directory=MANY, entries=MANY + 1, octets=1024))
    path.write_bytes(b"hidden" + path.read_bytes())
    with pytest.raises(NotASegment, match="its end is of another form"):
        read(path, bounds)


def test_a_segment_that_states_its_directory_in_32_and_64_bits_is_read(tmp_path: Path) -> None:
    path = tmp_path / "both.zip"
    with ZipFile(path, "w", ZIP_DEFLATED) as file:
        file.writestr("records.jsonl", b"a line\n")
    name_all_twice(path)
    assert read(path, Bounds(directory=1024, entries=2, octets=1024)) == 1


def test_reading_the_same_octets_again_and_again_has_an_end(
    archived: Path, pki: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert audit_archive(archived / "archive", pki / "anchors", workers=1).verdicts[Check.CONTAINER] is Verdict.PASSED
    monkeypatch.setattr(segment_reader, "MIN_READ_BYTES", 0)
    monkeypatch.setattr(segment_reader, "READINGS", 1)
    report = audit_archive(archived / "archive", pki / "anchors", workers=1)
    reasons = {each.reason for each in report.findings if each.check is Check.CONTAINER}
    assert reasons == {"its records name more octets, again and again, than a segment holds"}
