"""The configuration in effect: each value with its origin, and the last changes. Nothing is changed here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from flask import Blueprint, render_template, request

from adapters.console.site import context
from adapters.console.site.access import needs
from adapters.settings import load
from adapters.settings.effective.effective_values import EffectiveTable, effective_values
from adapters.settings.effective.key_explanations import explanations
from adapters.settings.gateway_file import Settings
from adapters.settings.profile import FILE, JudiciaryProfile
from gateway.audit.audit_recipe import VERDICTS
from gateway.notice.text import plain
from gateway.operations.effective_configuration import BEFORE, CHANGED
from gateway.people.permissions import Permission
from gateway.record.evidence_record import Header
from gateway.runtime.clock import parse_timestamp
from gateway.runtime.errors import GatewayError
from gateway.runtime.verdict import Verdict
from gateway.store.stored import EvidenceRow

blueprint = Blueprint("settings", __name__)

_CHANGES: Final = 20


@blueprint.get("/settings")
@needs(Permission.SEE_SETTINGS)
def values() -> str:
    """Show every effective value with its origin: the file's line, the profile's line, or the default."""
    wanted, only_set = plain(request.args.get("key", "")).lower(), request.args.get("from") == "file"
    installation = context.installation()
    tables = effective_values(installation.settings, installation.file, explanations())
    profile, fault = _profile()
    of_profile = effective_values(profile.file, profile.folder / FILE, {}) if profile is not None else []
    return render_template(
        "site/settings.html",
        file=installation.file.name,
        tables=[*_chosen(tables, wanted, only_set=only_set)],
        profile=profile,
        fault=fault,
        of_profile=[*_chosen(of_profile, wanted, only_set=only_set)],
        differs=_differs(),
        changes=_changes(),
        failed=VERDICTS[Verdict.FAILED],
        may_audit=context.person().may(Permission.SEE_AUDIT_ROOM),
        wanted=wanted,
        only_set=only_set,
    )


def _chosen(tables: list[EffectiveTable], wanted: str, *, only_set: bool) -> list[EffectiveTable]:
    """Return the values whose key contains a text, or whose table does; with ``only_set`` those of the file alone."""
    found = []
    for table in tables:
        values = tuple(
            each
            for each in table.values
            if wanted in f"{table.name}.{each.key}".lower() and (each.line is not None or not only_set)
        )
        if values:
            found.append(replace(table, values=values))
    return found


def _profile() -> tuple[JudiciaryProfile | None, GatewayError | None]:
    try:
        return context.installation().judiciary.profile, None
    except GatewayError as error:
        return None, error


def _differs() -> GatewayError | bool:
    """Return True if the file is another one than this process has read, or the error of reading it now."""
    installation = context.installation()
    try:
        return load(installation.file, Settings) != installation.settings
    except GatewayError as error:
        return error


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """Record of a configuration that came into force; ``header`` is None if it cannot be read."""

    id: str
    header: Header | None
    parts: tuple[str, ...] = ()

    @property
    def first(self) -> bool:
        return self.header is not None and self.header.context.get(BEFORE) == "none"


def _changes() -> list[_Change]:
    """Return the last recorded changes, the newest first."""
    rows = context.store().evidence.configurations()[-_CHANGES:]
    return [_change(row) for row in reversed(rows)]


def _change(row: EvidenceRow) -> _Change:
    header = Header.read(row.header)
    named = "" if header is None else header.context.get(CHANGED, "")
    return _Change(id=row.id, header=header, parts=tuple(filter(None, named.split(", "))))


@blueprint.app_template_filter("instant")
def _instant(text: str) -> object:
    """Return a written time as the filter ``moment`` takes it."""
    return parse_timestamp(text)
