"""Replay of a version on the newest notices of a source, for a page: bounded in number and time, identifiers masked."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from adapters.composition.installation import Installation
from adapters.composition.mappings import case_mapper, current_mapper
from adapters.composition.sources import assert_mappable, open_source
from adapters.console.versions.row_preview import IDENTIFYING
from gateway.notice.masked_identifiers import hidden, masked
from gateway.operations.notice_access import record_replay
from gateway.overview.versions.replay_outcome import changed_fields, figures, refused_by_one
from gateway.people.login_session import Session
from gateway.store.version import MappingVersion
from gateway.versions.replay import Replayed, replay

NUMBERS: Final = (50, 100, 500)
"""Numbers of notices that a page may compare."""
SECONDS: Final = 20.0
"""Seconds after which a comparison ends with the notices that it has. A source may be slow."""
EXAMPLES: Final = 10
"""Most notices shown for a field, and most that one mapping refuses."""
_LEAST_HIDDEN: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownExample:
    """Notice whose field differs: its row and both values, identifiers masked; None if absent."""

    reference: str
    row: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownField:
    """Field that differs for ``count`` notices."""

    path: str
    title: str
    count: int
    examples: Sequence[ShownExample]


@dataclass(frozen=True, slots=True, kw_only=True)
class PastReplay:
    """Outcome of a replay: ``figures`` by their names, fields that differ, and rows that one mapping refuses.

    ``current`` is the label of the mapping in force. ``whole`` is False if time ran out before the wanted number.
    """

    current: str
    source: str
    figures: Mapping[str, int]
    fields: Sequence[ShownField]
    refused: Sequence[ShownExample]
    refused_count: int
    whole: bool


def past_replay(
    installation: Installation, version: MappingVersion, source: str, limit: int, session: Session, at: datetime
) -> PastReplay:
    """Compare a version with the mapping in force on the newest notices of a source, and record the access.

    Raises `GatewayError` ``mapping.*``, ``source.*``, and ``store.*`` if the access cannot be recorded.
    """
    program = assert_mappable(installation, source, version.octets, version.label)
    current, draft = current_mapper(installation, source), case_mapper(installation, program, str(version.number))
    found, whole, until = list[Replayed](), True, time.monotonic() + SECONDS
    columns = list(dict.fromkeys([*current.columns, *draft.columns]))
    with open_source(installation, source, columns) as cases:
        for each in replay(installation.store(), cases, current, draft, None, limit, newest_first=True):
            if time.monotonic() > until:
                whole = False
                break
            found.append(each)
    if found:
        references, origin = [each.reference for each in found], installation.settings.gateway.name
        record_replay(installation.store(), version.label, source, references, session, at, origin)
    refused = refused_by_one(found)
    return PastReplay(
        current=f"{current.name}@{current.version}",
        source=source,
        figures=figures(found),
        fields=[
            ShownField(
                path=field.path,
                title=field.title,
                count=field.count,
                examples=[_example(each.notice, field.path, each.before, each.after) for each in field.examples],
            )
            for field in changed_fields(found, EXAMPLES)
        ],
        refused=[_example(each, "", each.refused_before, each.refused_after) for each in refused[:EXAMPLES]],
        refused_count=len(refused),
        whole=whole,
    )


def _example(notice: Replayed, path: str, before: Any, after: Any) -> ShownExample:
    known = [each for each in notice.identifying if len(each) >= _LEAST_HIDDEN]
    return ShownExample(
        reference=notice.reference,
        row=_without(notice.row_key, "", known) or "",
        before=_without(before, path, known),
        after=_without(after, path, known),
    )


def _without(value: Any, path: str, known: Sequence[str]) -> str | None:
    """Return a value as text without identifiers. A digest is checked against its document, so it is none."""
    if value is None or value == "":
        return None
    text = str(value)
    if path in IDENTIFYING:
        return hidden(text)
    if path.endswith(".digest"):
        return text
    for each in sorted(known, key=len, reverse=True):
        text = text.replace(each, hidden(each))
    return masked(text)
