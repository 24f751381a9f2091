"""A case source over a database whose rows are marked instead of numbered: they are kept in the gateway's inbox.

`FlaggedCases.gather` takes marked rows in four steps, each of which may be repeated. The mark becomes *in work*, the
row is read, it is kept, and the mark goes, unless it was set anew or the row has another content by now. A row with
unchanged content keeps its version, so nothing is taken twice; a changed one gets the next version.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from adapters.municipal.inbox_source import InboxSource
from adapters.municipal.sql.flag import IN_WORK, MARKED, FlaggedRows
from adapters.municipal.sql.results import SqlResults
from adapters.municipal.sql.row_contents import Contents
from adapters.municipal.sql.view import KEYS_ASKED_FOR, parts
from gateway.mapping.model.refusal import problems_of, reason
from gateway.notice.source_row import Refusal, Result, Rows, Shown, Value, is_key
from gateway.runtime.clock import Clock, system_clock
from gateway.runtime.errors import CATALOGUE, GatewayError
from gateway.runtime.may_continue import MayContinue, always
from gateway.store.inbox import Inbox, PushedRow, PushedRowState, Taking, version_of

PAGE_ROWS = 20
ORIGIN = "flag"
UNFIT = "source.row-unfit"
_OF_ROWS = ("source.row-refused", "source.row-locked", "source.unavailable")
"""Errors that may concern some rows alone. If the database is away, the next query reports it."""


class FlaggedCases(InboxSource):
    """Case source (`gateway.notice.source_row.CaseSource`) of marked rows.

    `gather` runs before a collect pass; ``columns`` then returns the columns to read.
    """

    def __init__(
        self,
        name: str,
        inbox: Inbox,
        rows: FlaggedRows,
        columns: Callable[[], Sequence[str]],
        clock: Clock = system_clock,
    ) -> None:
        super().__init__(name, inbox, clock)
        self._rows, self._columns = rows, columns
        self._results = SqlResults(rows.back, rows.bound_key, clock)

    def close(self) -> None:
        """Close every connection."""
        self._rows.close()

    def gather(self, may_continue: MayContinue = always) -> list[GatewayError]:
        """Take in every row that is marked or in work, in one run over their keys; return the errors.

        Raises `GatewayError` ``source.*`` and those of the store.
        """
        unseen: list[str] = []
        errors: list[GatewayError] = []
        columns, after = self._columns(), None
        while may_continue() and (keys := self._rows.waiting(after, PAGE_ROWS)):
            unseen += self._page(keys, columns, errors)
            after = keys[-1]
        if unseen:
            errors.append(GatewayError("source.flag-unseen", where=self._name, detail=f"{len(unseen)} rows"))
        return errors

    def check(self) -> str:
        """Return a summary of the marks. Raises `GatewayError` ``source.*``."""
        self._rows.check(self._columns())
        counts = self._rows.counts()
        return f"{counts.get(MARKED, 0)} rows are marked, {counts.get(IN_WORK, 0)} in work"

    def unlisted(self) -> int:
        return self._rows.keyless()

    def shown(self, keys: Sequence[str]) -> Mapping[str, Shown | None]:
        there: dict[str, Shown | None] = {}
        for some in parts(keys, KEYS_ASKED_FOR):
            columns = self._rows.back.shown({key: self._rows.bound_key(key) for key in some})
            there |= dict.fromkeys(self._inbox.standings(self._name, some)) if columns is None else columns
        return there

    def write_results(self, results: Sequence[Result]) -> Sequence[str]:
        return self._results.write(results)

    def write_refusals(self, refusals: Sequence[Refusal]) -> None:
        """Write refusals into rows, except those that were taken in anew."""
        present = self._inbox.standings(self._name, [refusal.row_key for refusal in refusals])
        arrivals = {key: version_of(standing.arrival) for key, standing in present.items()}
        self._results.write_refusals([r for r in refusals if arrivals.get(r.row_key) == r.row_version])

    def _page(self, keys: Sequence[Any], columns: Sequence[str], errors: list[GatewayError]) -> list[str]:
        """Take in the rows of these keys; return as `_take`.

        A row that is locked by others, or may not be changed, does not stop later ones.
        """
        try:
            self._rows.begin(keys)
            return self._take({str(key): key for key in keys}, columns, errors)
        except GatewayError as error:
            if error.code not in _OF_ROWS:
                raise
            if error.code == "source.row-refused" and len(keys) > 1:
                return [text for key in keys for text in self._page([key], columns, errors)]
            errors.append(error)
            return []

    def _take(self, keys: Mapping[str, Any], columns: Sequence[str], errors: list[GatewayError]) -> list[str]:
        """Read, keep and end the rows of these marks, in groups that can be read at once; return unreadable keys."""
        rows = self._rows.rows_of(_usable(keys))
        left = {text: key for those in rows.values() for text, key in _usable(those).items()}
        # A mark also stays for an owner whose key is unusable: nobody would miss his notice.
        unfit = [text for text in keys if not rows.get(text) or rows[text].keys() - left.keys()]
        waiting = {mark: set(those) for mark, those in rows.items() if those}
        # Before the rows are read: a process that keeps a newer content meanwhile has taken the next version.
        standings = self._inbox.standings(self._name, list(left))
        refused = {k for k, v in self._inbox.verdicts(self._name, list(left)).items() if v.refusal is not None}
        kept: dict[str, str] = {}
        while left and (found := self._rows.read(left, columns)):
            self._refuse({key: each for key, each in found.items() if each.defects}, errors)
            pushed = [
                _numbered(key, each.fields, standings.get(key), judged_anew=key in refused)
                for key, each in found.items()
                if not each.defects
            ]
            kept |= {row.key: row.digest for row in pushed}
            ended = set(self._keep(pushed, errors))
            done = {mark: keys[mark] for mark, those in waiting.items() if those <= ended}
            self._rows.end(self._unchanged(done, kept, columns))
            waiting = {mark: those - ended for mark, those in waiting.items() if mark not in done}
            left = {text: key for text, key in left.items() if text not in found}
        return [*unfit, *left]

    def _unchanged(self, marks: Mapping[str, Any], kept: Mapping[str, str], columns: Sequence[str]) -> list[Any]:
        """Return the marks whose rows still have the content of these digests; it reads the rows again.

        Another process may have the lock meanwhile, and have set a corrected row in work: that mark is not ours.
        """
        rows = self._rows.rows_of(marks)
        left = _usable({text: key for those in rows.values() for text, key in those.items()})
        present: dict[str, str] = {}
        while left and (found := self._rows.read(left, columns)):
            present |= {key: PushedRow(key=key, version=0, fields=each.fields).digest for key, each in found.items()}
            left = {text: key for text, key in left.items() if text not in found}
        same = {key for key, digest in present.items() if kept.get(key) == digest}
        return [marks[mark] for mark, those in rows.items() if those and those.keys() <= same]

    def _refuse(self, rows: Mapping[str, Contents], errors: list[GatewayError]) -> None:
        """Write back why rows could not be read whole. Their marks stay, so the next pass reads them again."""
        refusals = []
        for key, each in rows.items():
            first = each.defects[0]
            refusals.append(self._refusal(key, first.code, first.field, reason(problems_of(each.defects))))
            errors.append(GatewayError(first.code, where=f"{self._name} row {key}", detail=first.field))
        self._write_now(refusals, errors)

    def _keep(self, rows: Sequence[PushedRow], errors: list[GatewayError]) -> list[str]:
        """Keep rows, or write back the reason of a refusal; return the keys of finished rows."""
        taken = self._inbox.push(self._name, rows, origin=ORIGIN, now=self._clock())
        done = [each.key for each in taken if each.taking is not Taking.REFUSED]
        # If another process took the version, the mark stays, and the next pass looks again.
        entry = CATALOGUE[UNFIT]
        unfit = [
            self._refusal(each.key, UNFIT, "", f"{entry.fa} {entry.remedy_fa}")
            for each in taken
            if each.code == "push.field"
        ]
        if not unfit:
            return done
        errors.append(GatewayError(UNFIT, where=self._name, detail=f"{len(unfit)} rows"))
        written = self._write_now(unfit, errors)
        return done + ([refusal.row_key for refusal in unfit] if written else [])

    def _refusal(self, key: str, code: str, field: str, reason: str) -> Refusal:
        return Refusal(
            source=self._name,
            row_key=key,
            row_version="",
            code=code,
            field=field,
            reason=reason,
            refused_at=self._clock(),
        )

    def _write_now(self, refusals: Sequence[Refusal], errors: list[GatewayError]) -> bool:
        """Write refusals of rows that are not kept; return True if they are written."""
        try:
            self._results.write_refusals(refusals)
        except GatewayError as error:
            errors.append(error)
            return False
        return True


def _usable(keys: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys that can name a row for ever."""
    # A database returns octets for a key without text, and no text leads back to them.
    return {text: key for text, key in keys.items() if is_key(text) and not isinstance(key, bytes | bytearray)}


def _numbered(
    key: str, fields: Mapping[str, Value | Rows], present: PushedRowState | None, *, judged_anew: bool
) -> PushedRow:
    """Return a row with the version of the kept row if the content is the same, or with the next one.

    A refused row that is marked again is judged again even if it is unchanged: the mistake may have been ours.
    """
    if present is None:
        return PushedRow(key=key, version=1, fields=fields)
    row = PushedRow(key=key, version=present.version, fields=fields)
    if row.digest == present.digest and not judged_anew:
        return row
    return PushedRow(key=key, version=present.version + 1, fields=fields)
