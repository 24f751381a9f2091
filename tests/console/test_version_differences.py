"""Differences between two versions: whatever changes a notice or a refusal is listed, and so is each changed line."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from adapters.console.versions.version_pages import Differences, differences, shown_version
from gateway.notice.notice import sha256
from gateway.record.version_subject import Subject
from gateway.store.version import MappingVersion
from gateway.store.version_state import MappingState
from gateway.versions.bundle import bundled


def version(octets: bytes, number: int = 1, subject: Subject = Subject.ROWS) -> MappingVersion:
    return MappingVersion(
        subject=subject,
        name="rich",
        number=number,
        digest=sha256(octets),
        octets=octets,
        state=MappingState.CHECKED,
        seq=1,
        imported_at=datetime(2026, 11, 29, tzinfo=UTC),
    )


def compared(before: bytes, after: bytes, subject: Subject = Subject.ROWS) -> Differences:
    return differences(shown_version(version(before, 1, subject), ()), shown_version(version(after, 2, subject), ()))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("--", ""),
        ("++", "+"),
        ("-----BEGIN CERTIFICATE-----", "-----BEGIN X-----"),
    ],
)
def test_lines_that_look_like_the_headers_of_a_difference_are_shown(before: str, after: str) -> None:
    """A line of a file that begins with two signs of minus or plus is a line like every other."""
    old, new = (bundled({"profile.toml": b"x", "a.xml": f"<a>\n{text}\n</a>\n".encode()}) for text in (before, after))
    [change] = compared(old, new, Subject.PROFILE).files
    assert f"-{before}" in change.lines
    assert f"+{after}" in change.lines
    assert not any(line.startswith(("--- ", "+++ ")) for line in change.lines)
