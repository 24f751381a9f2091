"""Read the folders of rules and of the office calendar: all files ``*.toml`` directly in them.

The configuration names the folders; by default they are those that ship.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from adapters.settings.city.legal_section import LegalSection
from adapters.settings.config_folder import ConfigFolder
from adapters.shipped.resources import CALENDAR, RULES
from gateway.legal.calendar_reader import calendar_of
from gateway.legal.legal_file import LegalFile
from gateway.legal.office_calendar import OfficeCalendar
from gateway.legal.rules import RuleSet
from gateway.legal.rules_reader import rules_of
from gateway.record.version_subject import Subject
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import told

_NO_FILE: Final = Words(en="no file *.toml in it", fa="هیچ فایل \u2066*.toml\u2069 در آن نیست")


def legal_file(path: Path) -> LegalFile:
    """Return a file. Raises `GatewayError` ``legal.file``."""
    try:
        return LegalFile(name=str(path), octets=path.read_bytes())
    except OSError as error:
        raise GatewayError("legal.file", where=str(path), detail=told(error)) from error


def legal_files(folder: Path) -> list[LegalFile]:
    """Return the files of a folder, by name. Raises `GatewayError` ``legal.file``, also if there is none."""
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".toml" and not path.name.startswith("."))
    except OSError as error:
        raise GatewayError("legal.file", where=str(folder), detail=told(error)) from error
    if not paths:
        raise GatewayError("legal.file", where=str(folder), detail=_NO_FILE)
    return [legal_file(path) for path in paths]


def rules_folder(section: LegalSection, folder: ConfigFolder) -> Path:
    return RULES if section.rules is None else folder.path(section.rules)


def calendar_folder(section: LegalSection, folder: ConfigFolder) -> Path:
    return CALENDAR if section.calendar is None else folder.path(section.calendar)


def legal_rules(section: LegalSection, folder: ConfigFolder) -> RuleSet:
    """Read and check the rules. Raises `GatewayError` ``legal.*``."""
    return rules_of(legal_files(rules_folder(section, folder)))


def office_calendar(section: LegalSection, folder: ConfigFolder) -> OfficeCalendar:
    """Read and check the calendar. Raises `GatewayError` ``legal.*``, also for a province that it does not list."""
    calendar = calendar_of(legal_files(calendar_folder(section, folder)))
    calendar.assert_known(section.province)
    return calendar


def folder_of(subject: Subject, section: LegalSection, folder: ConfigFolder) -> Path:
    """Return the folder of rules, or of the calendar."""
    return rules_folder(section, folder) if subject is Subject.RULES else calendar_folder(section, folder)
