"""Rules and calendar of an installation: versions that persons put in force, or else the configured folders."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from adapters.composition.legal.legal_values import LEGAL_RULES, OFFICE_CALENDAR, legal_values
from adapters.settings.legal_folder import folder_of, legal_files
from gateway.legal.legal_file import LegalFile, version_of
from gateway.operations.effective_configuration import Configuration
from gateway.record.version_subject import Subject
from gateway.runtime.errors import GatewayError
from gateway.versions.laws import Folder, LawBook

if TYPE_CHECKING:
    from adapters.composition.installation import Installation


def law_book(installation: Installation) -> LawBook:
    """Return the readers of rules and calendar."""
    rules, calendar = (
        Folder(
            name=folder_of(subject, installation.settings.legal, installation.folder).name,
            files=partial(configured_files, installation, subject),
        )
        for subject in (Subject.RULES, Subject.CALENDAR)
    )
    return LawBook(installation.store().versions, installation.clock, rules, calendar)


def configured_files(installation: Installation, subject: Subject) -> list[LegalFile]:
    """Return the files of the folder of rules, or of the calendar.

    Raises `GatewayError` ``legal.*``; ``legal.changed`` if they are not those of this process's configuration, which is
    on record.
    """
    files = legal_files(folder_of(subject, installation.settings.legal, installation.folder))
    part, version = LEGAL_RULES if subject is Subject.RULES else OFFICE_CALENDAR, version_of(files)
    present = Configuration.of(legal_values(version, version, installation.settings.legal.province)).parts
    if installation.configuration.parts.get(part) != present[part]:
        raise GatewayError("legal.changed", detail=part)
    return files
