"""Subject of a version: a mapping of rows, a mapping of results, or a judiciary profile."""

from __future__ import annotations

from enum import StrEnum

from gateway.notice.profile_version import WORD


class Subject(StrEnum):
    """Subject of a version. Its value is the word under which evidence names the version."""

    ROWS = "mapping"
    """A mapping of rows, in force for a source."""

    RESULTS = "results"
    """A mapping of results, in force for a source."""

    PROFILE = WORD
    """A judiciary profile (`gateway.versions.bundle`), in force for the judiciary's destination."""
