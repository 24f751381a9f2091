"""The folders of rules and calendar for the verbs `legal`: options, configuration, or what ships."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from adapters.settings import LegalSection, Settings, load
from adapters.settings.config_folder import ConfigFolder
from adapters.settings.legal_folder import calendar_folder, legal_files, rules_folder
from adapters.terminal.printing import DEFAULT_CONFIG
from gateway.legal.calendar_reader import calendar_of
from gateway.legal.legal_file import LegalFile
from gateway.legal.office_calendar import OfficeCalendar
from gateway.legal.rules import RuleSet
from gateway.legal.rules_reader import rules_of

LegalConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        help="The gateway's configuration file; default: gateway.toml if it is there, else what ships.",
    ),
]
ProvinceOption = Annotated[
    str | None, typer.Option("--province", help="Province whose closures count; default: legal.province.")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalFolders:
    """Folders of rules and calendar, and the province that the configuration names."""

    rules: Path
    calendar: Path
    province: str | None

    def rule_files(self) -> list[LegalFile]:
        return legal_files(self.rules)

    def calendar_files(self) -> list[LegalFile]:
        return legal_files(self.calendar)

    def rule_set(self) -> RuleSet:
        """Read the rules. Raises `GatewayError` ``legal.*``."""
        return rules_of(self.rule_files())

    def office_calendar(self) -> OfficeCalendar:
        """Read the calendar. Raises `GatewayError` ``legal.*``."""
        return calendar_of(self.calendar_files())


def legal_folders(config: Path | None) -> LegalFolders:
    """Return the folders of a configuration. No database and no key is needed. Raises `GatewayError` ``config.*``."""
    file = config or (DEFAULT_CONFIG if DEFAULT_CONFIG.exists() else None)
    section = LegalSection() if file is None else load(file, Settings).legal
    folder = ConfigFolder(Path() if file is None else file.parent)
    return LegalFolders(
        rules=rules_folder(section, folder), calendar=calendar_folder(section, folder), province=section.province
    )
