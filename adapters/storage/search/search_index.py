"""Rows of the search, written in the transaction that writes the notice, its step or its new seal."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from sqlalchemy import Connection, bindparam, delete, select, update

from adapters.storage.engine.dialects import insert_new, insert_short_rows
from adapters.storage.engine.keyed_query import KeyedQuery
from adapters.storage.engine.row_statements import execute_rows
from adapters.storage.schema.row_conversion import Values, admission_of
from adapters.storage.schema.search_tables import search_day, search_facet, search_notice, search_text
from adapters.storage.schema.tables import outbox
from adapters.storage.stores.notices import ADMISSIONS
from gateway.notice.outbox import OutboxEntry, Transition
from gateway.runtime.clock import TEHRAN
from gateway.search.searched_text import TextField, name_endings, name_form, searchable
from gateway.store.stored import Admission

TEXT_LENGTH: Final = 48
"""Characters of a text in ``search_text``. A longer one is compared in ``search_notice``, which holds all of it."""

COLUMN_OF: Final[Mapping[TextField, str]] = {
    TextField.CASE_NUMBER: "case_number",
    TextField.PAPER_NUMBER: "paper_number",
    TextField.TRACKING_NUMBER: "tracking_number",
    TextField.NAME: "name",
}

_ROWS: Final = KeyedQuery(
    select(
        search_notice.c.number, search_notice.c.admitted_at, *(search_notice.c[COLUMN_OF[each]] for each in TextField)
    ),
    search_notice.c.reference,
)

_FOLLOWING: Final = update(search_notice).where(search_notice.c.reference == bindparam("of"))


def day_of(moment: datetime) -> int:
    """Return the ordinal of a time's day in UTC, so that days stand in the order of times."""
    return moment.astimezone(UTC).toordinal()


@lru_cache(maxsize=1024)
def facet_of(body: str, district: str, kind: str) -> int:
    """Return the number of a combination, of 63 bits. It is the same in every process and store."""
    digest = hashlib.sha256(json.dumps([body, district, kind]).encode()).digest()
    return int.from_bytes(digest[:8]) >> 1


def add(connection: Connection, admissions: Sequence[Admission]) -> None:
    """Write the rows of notices, which have theirs in ``notice``; existing ones do not change."""
    if not admissions:
        return
    facets = {facet_of(a.body, a.district, a.kind): a for a in admissions}
    # The same order in every process, so that no two of them wait for each other's rows (deadlock).
    insert_new(
        connection,
        search_facet,
        [{"facet": n, "body": a.body, "district": a.district, "kind": a.kind} for n, a in sorted(facets.items())],
    )
    days = sorted({day_of(a.entry.admitted_at) for a in admissions})
    insert_new(connection, search_day, [{"day": day} for day in days])
    insert_short_rows(connection, search_notice, [_row(admission) for admission in admissions])
    _add_texts(connection, [admission.entry.reference for admission in admissions])


def follow(connection: Connection, steps: Sequence[Transition]) -> None:
    """Write the states, tracking numbers and days of service that steps bring; their notices are locked."""
    first: dict[str, Transition] = {}
    last: dict[str, Transition] = {}
    for step in steps:
        first.setdefault(step.before.reference, step)
        last[step.before.reference] = step
    moved, numbered = [], []
    for reference, step in last.items():
        before, after = first[reference].before, step.after
        days = _service_days(after)
        same = (before.state, before.tracking_number) == (after.state, after.tracking_number)
        if same and _service_days(before) == days:
            continue
        number = _folded(after.tracking_number)
        moved.append({"of": reference, "state": after.state, "tracking_number": number, **days})
        if number is not None and before.tracking_number != after.tracking_number:
            numbered.append(reference)
    execute_rows(connection, _FOLLOWING, moved)
    _add_texts(connection, numbered, [TextField.TRACKING_NUMBER])


def admitted_anew(connection: Connection, reference: str, at: datetime) -> None:
    """Move a notice, whose entry is moved already, to another time of admission."""
    if not _ROWS.rows(connection, [reference]):
        # It is older than these tables. The filling of them may be behind its new place.
        add(
            connection,
            [admission_of(row) for row in connection.execute(ADMISSIONS.where(outbox.c.reference == reference))],
        )
        return
    keys = [search_text.c[name] == bindparam(f"of_{name}") for name in ("field", "day", "text", "number")]
    gone = [{f"of_{name}": value for name, value in row.items()} for row in _texts(connection, [reference])]
    connection.execute(delete(search_text).where(*keys), gone)
    insert_new(connection, search_day, [{"day": day_of(at)}])
    connection.execute(update(search_notice).where(search_notice.c.reference == reference).values(admitted_at=at))
    _add_texts(connection, [reference])


def _row(admission: Admission) -> Values:
    entry = admission.entry
    return {
        "reference": entry.reference,
        "admitted_at": entry.admitted_at,
        "facet": facet_of(admission.body, admission.district, admission.kind),
        "state": entry.state,
        "case_number": searchable(admission.case_number),
        "paper_number": searchable(admission.paper_number),
        "tracking_number": _folded(entry.tracking_number),
        "name": name_form(admission.recipient_name),
        **_service_days(entry),
    }


def _service_days(entry: OutboxEntry) -> Values:
    """Return the civil days in Tehran of a notice's events."""
    times = {"arrived_on": entry.service_time, "viewed_on": entry.viewed_at, "stated_on": entry.legal_service_at}
    return {name: None if at is None else at.astimezone(TEHRAN).date() for name, at in times.items()}


def _folded(text: str | None) -> str | None:
    return None if text is None else searchable(text)


def _add_texts(connection: Connection, references: Iterable[str], fields: Iterable[TextField] = TextField) -> None:
    insert_short_rows(connection, search_text, _texts(connection, references, fields))


def _texts(connection: Connection, references: Iterable[str], fields: Iterable[TextField] = TextField) -> list[Values]:
    """Return the rows of ``search_text`` for notices that have theirs in ``search_notice``."""
    found: list[Values] = []
    wanted = frozenset(fields)
    for row in _ROWS.rows(connection, references):
        day, texts = day_of(row.admitted_at), tuple[str | None, ...](row[2:])
        keys = dict.fromkeys(
            (field.value, part[:TEXT_LENGTH])
            for field, text in zip(TextField, texts, strict=True)
            if text is not None and field in wanted
            for part in (name_endings(text) if field is TextField.NAME else (text,))
        )
        found += [{"field": field, "day": day, "text": text, "number": row.number} for field, text in keys]
    return found
