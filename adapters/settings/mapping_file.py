"""Files of mappings that the configuration names for a source, or that ship."""

from __future__ import annotations

from pathlib import Path

from adapters.settings.config_folder import ConfigFolder
from adapters.settings.gateway_file import Settings
from adapters.settings.source import ByHandSection
from adapters.shipped.resources import BY_HAND_MAPPING, CASE_MAPPING
from gateway.record.version_subject import Subject


def case_file(settings: Settings, folder: ConfigFolder, source: str) -> Path:
    """Return the file of the mapping of a source's rows. That of `[mapping]` is for rows of other systems."""
    section = settings.sources[source]
    by_hand = isinstance(section, ByHandSection)
    named = section.mapping if section.mapping is not None or by_hand else settings.mapping.file
    if named is not None:
        return folder.path(named)
    return BY_HAND_MAPPING if by_hand else CASE_MAPPING


def results_file(settings: Settings, folder: ConfigFolder, source: str) -> Path | None:
    """Return the file of a source's mapping of results; None if the configuration names none."""
    named = settings.sources[source].results
    return None if named is None else folder.path(named)


def file_of(subject: Subject, settings: Settings, folder: ConfigFolder, source: str) -> Path | None:
    """Return the file of a source's mapping of rows, or of results."""
    return (case_file if subject is Subject.ROWS else results_file)(settings, folder, source)
