"""Rules and calendar in force for a notice: the rules of the day of its arrival, and the present calendar.

Persons put versions of both in force (`version_actions`). Until the first activation the folders of the configuration
are used. A later activation of rules changes nothing for notices that have arrived; one of a calendar does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Final

from gateway.legal.calendar_reader import calendar_of
from gateway.legal.law import Law
from gateway.legal.legal_file import LegalFile
from gateway.legal.office_calendar import OfficeCalendar
from gateway.legal.rules import RuleSet
from gateway.legal.rules_reader import rules_of
from gateway.mapping.model.mapper import FROM_FILE
from gateway.notice.notice import sha256
from gateway.record.version_subject import EVERY_NOTICE, Subject
from gateway.runtime.clock import Clock
from gateway.runtime.errors import GatewayError
from gateway.store.ports.version_store import VersionStore
from gateway.store.version import Activation, MappingVersion
from gateway.versions.bundle import bundled, unbundled
from gateway.versions.succession import in_force, was_in_force
from gateway.versions.version_in_force import InForce

UNREAD: Final = "unread"
"""Version in a record's context if the folder of the configuration cannot be read."""


def files_of(octets: bytes, label: str) -> list[LegalFile]:
    """Return the files of a bundle of rules or of a calendar; ``label`` stands for the folder in errors.

    Raises `GatewayError` ``profile.bundle``, and ``legal.file`` for a file that no folder would be read for.
    """
    files = unbundled(octets)
    for name in files:
        if "/" in name or not name.endswith(".toml"):
            raise GatewayError("legal.file", where=f"{label}/{name}", detail="files *.toml alone are wanted")
    return [LegalFile(name=f"{label}/{name}", octets=content) for name, content in files.items()]


def bundle_of(files: Sequence[LegalFile]) -> bytes:
    """Return the bundle of a folder's files. Raises `GatewayError` ``profile.bundle``."""
    return bundled({file.base: file.octets for file in files})


def bundled_rules(octets: bytes, label: str) -> RuleSet:
    """Read a bundle of rules. Raises `GatewayError` ``legal.*``, ``profile.bundle``."""
    return rules_of(files_of(octets, label))


def bundled_calendar(octets: bytes, label: str) -> OfficeCalendar:
    """Read a bundle of a calendar. Raises `GatewayError` ``legal.*``, ``profile.bundle``."""
    return calendar_of(files_of(octets, label))


def read_law(subject: Subject, octets: bytes, label: str) -> RuleSet | OfficeCalendar:
    """Read a bundle of rules, or of a calendar. Raises `GatewayError` ``legal.*``, ``profile.bundle``."""
    return bundled_rules(octets, label) if subject is Subject.RULES else bundled_calendar(octets, label)


def _rules(version: MappingVersion) -> RuleSet:
    return bundled_rules(version.octets, version.label)


def _calendar(version: MappingVersion) -> OfficeCalendar:
    return bundled_calendar(version.octets, version.label)


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """Folder that the configuration names; ``files`` reads it, and raises `GatewayError` ``legal.*``."""

    name: str
    files: Callable[[], Sequence[LegalFile]] = field(repr=False)


class LawBook:
    """Readers of every version of rules and calendar; each version and each folder is read once."""

    def __init__(self, versions: VersionStore, clock: Clock, rules: Folder, calendar: Folder) -> None:
        # An error is not kept: the folder is read again.
        rule_files, calendar_files = cache(rules.files), cache(calendar.files)
        rule_set, office_calendar = cache(lambda: rules_of(rule_files())), cache(lambda: calendar_of(calendar_files()))
        self.rules = InForce(versions, clock, _rules, lambda _: rule_set(), Subject.RULES)
        self.calendars = InForce(versions, clock, _calendar, lambda _: office_calendar(), Subject.CALENDAR)
        self._folders = {
            Subject.RULES: (rules.name, cache(lambda: sha256(bundle_of(rule_files())))),
            Subject.CALENDAR: (calendar.name, cache(lambda: sha256(bundle_of(calendar_files())))),
        }

    def folder_told(self, subject: Subject) -> dict[str, str]:
        """Return the entries that name the folder of rules, or of the calendar, in a record's context.

        An unreadable folder has no digest: no receipt waits for it.
        """
        name, digest = self._folders[subject]
        try:
            return subject.told(name, FROM_FILE, digest())
        except GatewayError:
            return {subject.value: name, f"{subject.value}_version": UNREAD}


@dataclass(frozen=True, slots=True, kw_only=True)
class Laws:
    """Law of each notice, by the decisions as they were read at ``now``; made anew for each batch or page."""

    book: LawBook
    decisions: Mapping[Subject, Sequence[Activation]]
    province: str | None
    now: datetime

    @classmethod
    def read(cls, book: LawBook, versions: VersionStore, province: str | None, now: datetime) -> Laws:
        """Read the decisions. Raises `GatewayError` ``store.*``."""
        subjects = (Subject.RULES, Subject.CALENDAR)
        decisions = {each: versions.activations(EVERY_NOTICE, each) for each in subjects}
        return cls(book=book, decisions=decisions, province=province, now=now)

    def at(self, arrival: datetime | None) -> Law:
        """Return the law of a notice that arrived then; None: of one that arrives now.

        Raises `GatewayError` ``legal.*``, ``mapping-life.damaged``, ``store.*``.
        """
        return Law(rules=self.rules(arrival), calendar=self.calendar(), province=self.province)

    def rules(self, arrival: datetime | None) -> RuleSet:
        """Return the rules of a notice that arrived then; None: now. Raises as `at`."""
        return self.book.rules.of(EVERY_NOTICE, self.decision(Subject.RULES, arrival))

    def calendar(self) -> OfficeCalendar:
        """Return the present calendar. Raises as `at`, also for a province that it does not list."""
        found = self.book.calendars.of(EVERY_NOTICE, self.decision(Subject.CALENDAR))
        found.assert_known(self.province)
        return found

    def decision(self, subject: Subject, arrival: datetime | None = None) -> Activation | None:
        """Return the decision in force at an arrival, as recorded, or now; None if the folder applies."""
        decisions = self.decisions[subject]
        return in_force(decisions, self.now) if arrival is None else was_in_force(decisions, arrival)

    def told(self, arrival: datetime | None) -> dict[str, str]:
        """Return the entries of a record's context that name rules and calendar; no version is read for it."""
        return self.told_of(Subject.RULES, arrival) | self.told_of(Subject.CALENDAR)

    def told_of(self, subject: Subject, arrival: datetime | None = None) -> dict[str, str]:
        """Return the entries that name one of both."""
        decision = self.decision(subject, arrival)
        return self.book.folder_told(subject) if decision is None else decision.told
