"""What a version is of: what makes notices of rows or rows of results, or how a judiciary's service is spoken."""

from __future__ import annotations

from enum import StrEnum

from gateway.notice.profile_version import WORD


class Subject(StrEnum):
    """The value is the word under which evidence names it."""

    ROWS = "mapping"
    """A mapping of rows, in force for a source."""

    RESULTS = "results"
    """A mapping of results, in force for a source."""

    PROFILE = WORD
    """A judiciary profile (`gateway.versions.bundle`), in force for the judiciary's destination."""
