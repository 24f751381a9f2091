"""Subject of a version: a mapping, a judiciary profile, rules of service, or an office calendar."""

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

    RULES = "rules"
    """A folder of rules (`gateway.legal.rules`) as a bundle, in force for `EVERY_NOTICE`."""

    CALENDAR = "calendar"
    """A folder of the office calendar (`gateway.legal.office_calendar`) as a bundle, in force for `EVERY_NOTICE`."""

    @property
    def has_sources(self) -> bool:
        """Return True if a version is in force for sources; each other subject has one place."""
        return self in (Subject.ROWS, Subject.RESULTS)

    @property
    def is_legal(self) -> bool:
        """Return True if deadlines are computed by it."""
        return self in (Subject.RULES, Subject.CALENDAR)

    @property
    def area(self) -> str:
        """Return the first part of the names of acts on its versions: mappings of both kinds have the same acts."""
        return Subject.ROWS.value if self.has_sources else self.value

    def told(self, name: str, version: str, digest: str) -> dict[str, str]:
        """Return the entries that name a version in a record's context."""
        return {self.value: name, f"{self.value}_version": version, f"{self.value}_digest": digest}


EVERY_NOTICE = "every-notice"
"""The one place for which rules, or a calendar, are in force."""
