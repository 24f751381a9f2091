"""Rows of case sources: the seen ones, cursors, and refusals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from gateway.notice.source_row import Refusal, RowMark
from gateway.store.stored import RefusalGroup, StandingRefusal

from ..database import SimulatedDatabase
from ..rows import KeptRefusal
from ..session import Session, noted, reading
from .steps import rewritten


class SimulatedRows:
    """Implement `gateway.store.ports.row_store.RowStore`."""

    port = "rows"

    def __init__(self, session: Session) -> None:
        self.session, self._database = session, session.database

    @reading
    def cursor(self, name: str) -> str | None:
        return self._database.cursor.get(name)

    @reading
    def unseen(self, marks: Sequence[RowMark]) -> list[RowMark]:
        seen = self._database.seen.rows
        return [mark for mark in marks if seen.get((mark.source, mark.key)) != mark.version]


def see(database: SimulatedDatabase, marks: Sequence[RowMark]) -> None:
    for mark in marks:
        database.seen.put((mark.source, mark.key), mark.version)


def move_cursors(database: SimulatedDatabase, cursors: Mapping[str, str]) -> None:
    for name, value in cursors.items():
        database.cursor.put(name, value)


class SimulatedRefusals:
    """Implement `gateway.store.ports.refusal_store.RefusalStore`."""

    port = "refusals"

    def __init__(self, session: Session) -> None:
        self.session, self._database = session, session.database

    @reading
    def of_rows(self, source: str, row_keys: Sequence[str]) -> dict[str, StandingRefusal]:
        rows = self._database.refusal.rows
        return {key: _standing(rows[source, key]) for key in dict.fromkeys(row_keys) if (source, key) in rows}

    @reading
    def page(
        self,
        *,
        source: str | None,
        code: str | None,
        limit: int,
        after: tuple[str, str] | None,
        field: str | None = None,
        bodies: frozenset[str] | None = None,
    ) -> list[StandingRefusal]:
        found = [
            kept
            for kept in self._visible(bodies)
            if (source is None or kept.refusal.source == source)
            and (code is None or kept.refusal.code == code or kept.refusal.code.startswith(f"{code}."))
            and (field is None or kept.refusal.field == field)
            and (after is None or _row(kept) > after)
        ]
        return [_standing(kept) for kept in sorted(found, key=_row)[:limit]]

    @reading
    def groups(self, *, bodies: frozenset[str] | None, up_to: int) -> list[RefusalGroup]:
        some = self._visible(bodies)[:up_to]
        counts = Counter((k.refusal.source, k.refusal.code, k.refusal.field) for k in some)
        since: dict[tuple[str, str, str], datetime] = {}
        for kept in some:
            key = kept.refusal.source, kept.refusal.code, kept.refusal.field
            since[key] = min(kept.since, since.get(key, kept.since))
        return [
            RefusalGroup(source=key[0], code=key[1], field=key[2], count=count, oldest=since[key])
            for key, count in sorted(counts.items(), key=lambda each: (-each[1], each[0]))
        ]

    @reading
    def refused_since(self, since: datetime, *, bodies: frozenset[str] | None, up_to: int) -> list[datetime]:
        times = [kept.refusal.refused_at for kept in self._visible(bodies)]
        return [at for at in times if at >= since][:up_to]

    @reading
    def row_keys(self, source: str, codes: Sequence[str], limit: int, after: str | None) -> list[str]:
        found = [
            kept.refusal.row_key
            for kept in self._database.refusal.find("source", source)
            if kept.refusal.code in codes and (after is None or kept.refusal.row_key > after)
        ]
        return sorted(found)[:limit]

    @reading
    def unwritten(self, source: str, limit: int, after: tuple[datetime, str] | None = None) -> list[Refusal]:
        found = [kept.refusal for kept in self._database.refusal.find("unwritten", source)]
        behind = [each for each in found if after is None or (each.refused_at, each.row_key) > after]
        return sorted(behind, key=lambda each: (each.refused_at, each.row_key))[:limit]

    @noted
    def mark_written(self, refusals: Sequence[Refusal]) -> None:
        for told in refusals:
            row = told.source, told.row_key
            kept = self._database.refusal.get(row)
            if kept is not None and _told(kept.refusal) == _told(told):
                self._database.refusal.put(row, replace(kept, written=True))

    def _visible(self, bodies: frozenset[str] | None) -> list[KeptRefusal]:
        kept = self._database.refusal.values()
        return [each for each in kept if bodies is None or each.refusal.body in bodies]


def _told(refusal: Refusal) -> tuple[str, str, str, str]:
    return refusal.row_version, refusal.code, refusal.field, refusal.reason


def _row(kept: KeptRefusal) -> tuple[str, str]:
    return kept.refusal.source, kept.refusal.row_key


def _standing(kept: KeptRefusal) -> StandingRefusal:
    return StandingRefusal(refusal=kept.refusal, written=kept.written, since=kept.since)


def refuse(database: SimulatedDatabase, refusals: Iterable[Refusal]) -> None:
    """Write refusals in place of those of earlier versions of their rows, and of earlier ones of the same version."""
    for refusal in refusals:
        new = refusal if refusal.own is None else replace(refusal, own=None)
        row = new.source, new.row_key
        kept = database.refusal.get(row)
        if kept is None:
            database.refusal.put(row, KeptRefusal(new, new.refused_at))
        elif kept.refusal.row_version < new.row_version or (
            _told(kept.refusal) != _told(new) and kept.refusal.refused_at <= new.refused_at
        ):
            database.refusal.put(row, KeptRefusal(new, kept.since))


def clear(database: SimulatedDatabase, rows: Mapping[tuple[str, str], datetime]) -> None:
    """Delete refusals that no longer hold, and have the row status in the case database written again. A row without a
    refusal shows the right status and is left alone."""
    for row, lifted_at in rows.items():
        if row in database.refusal:
            write_again(database, row, lifted_at)
    for row in rows:
        database.refusal.drop(row)


def write_again(database: SimulatedDatabase, row: tuple[str, str], since: datetime) -> None:
    """Have the row status of a row's notices written once more, ``since`` a time."""
    for entry in database.outbox.find("row", row):
        database.outbox.put(entry.reference, rewritten(entry, since))
