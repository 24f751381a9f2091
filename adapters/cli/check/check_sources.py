"""Probes of case databases: their rows, and the mappings that read them and write results."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from adapters.composition.mappings import (
    current_mapper,
    current_results,
    mappers_in_force,
    mapping_drifted,
    results_drifted,
)
from adapters.composition.passes.parcel_register import asset_register as registered
from adapters.composition.sources import (
    assert_mappable,
    assert_results,
    assert_written_columns,
    case_source,
    check_source,
    unconfigured_sources,
)
from gateway.intake.row_ownership import assert_own
from gateway.mapping.model.mapper import FROM_FILE
from gateway.record.version_subject import Subject
from gateway.runtime.errors import GatewayError

if TYPE_CHECKING:
    from adapters.composition.installation import Installation


def probes_of(installation: Installation, name: str) -> dict[str, Callable[[], str]]:
    """Return the probes of a source by name; each returns a summary, or raises `GatewayError`."""
    probes: dict[str, Callable[[], str]] = {f"mapping of {name}": partial(_mapping, installation, name)}
    if _has_results(installation, name):
        probes[f"results of {name}"] = partial(_results, installation, name)
    probes[f"source {name}"] = partial(_source, installation, name)
    return probes


def all_configured(installation: Installation) -> str:
    """Return a summary if no result waits for a source that is not configured, or raise the error of the first."""
    for error in unconfigured_sources(installation):
        raise error
    return "no result waits for another source"


_PROBE_PARCEL: Final = "0-0-0-0-0-0-0"
"""Code of no parcel, with which the asset register is tried."""


def asset_register(installation: Installation) -> str:
    """Ask the asset register about no real parcel, and say what follows if it does not answer."""
    section, register = installation.settings.asset_register, registered(installation)
    if section is None or register is None:
        return "not looked up: none is configured; nothing keeps a notice from being served on the municipality itself"
    silent = "rows wait for it" if section.when_silent == "wait" else "rows are admitted without it"
    finding = register.check(_PROBE_PARCEL).finding
    return f"{section.url} answers ({finding} for a code of no parcel); if it does not answer, {silent}"


def _mapping(installation: Installation, name: str) -> str:
    """Compile the source's mapping against the existing columns, and compare it with the configured file."""
    mapper = current_mapper(installation, name)
    assert_mappable(installation, name, mapper.octets, f"{mapper.name}@{mapper.version}")
    if mapper.version != FROM_FILE and (file := mapping_drifted(installation, name, mapper)):
        raise GatewayError(
            "mapping-life.drift", where=name, detail=f"{mapper.name}@{mapper.version} is in force; {file}"
        )
    return f"{mapper.name}@{mapper.version}, {mapper.digest[:23]}…"


def _results(installation: Installation, name: str) -> str:
    """Compile the source's mapping of results against the writable parts of its rows."""
    mapper = current_results(installation, name)
    if mapper is None:
        return "none yet"
    label = f"{mapper.name}@{mapper.version}"
    assert_results(installation, name, mapper.octets, label)
    if mapper.version != FROM_FILE and (file := results_drifted(installation, name, mapper)):
        raise GatewayError("mapping-life.drift", where=name, detail=f"{label} is in force; {file}")
    return f"{label}, {mapper.digest[:23]}…, makes {', '.join(mapper.columns)}"


def _has_results(installation: Installation, name: str) -> bool:
    """Return True if a file is configured, or a version was activated.

    A store that is away is reported by its own probe.
    """
    if installation.settings.sources[name].results is not None:
        return True
    try:
        return bool(installation.store().versions.activations(name, Subject.RESULTS))
    except GatewayError:
        return False


def _source(installation: Installation, name: str) -> str:
    source = case_source(installation, name)
    place = check_source(installation, name)
    if unlisted := source.unlisted():
        raise GatewayError("source.no-version", where=name, detail=f"{unlisted} rows")
    assert_own(source, installation.store(), mappers_in_force(installation))
    assert_written_columns(installation, name)
    first = source.marks(None, 1)
    return ("has rows" if list(source.rows([mark.key for mark in first])) else "empty") + (
        f", {place}" if place else ""
    )
