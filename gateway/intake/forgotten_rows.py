"""Rows that may have been notices before a loss of the store: their notices begin in doubt, and are asked about.

While a recovery is on, everything is asked about. After its end these rows are:

- refused rows, if they stood refused at the end;
- all rows of a source, until it was listed since the recovery began: it may not have been configured then;
- all rows of a source that has rows which cannot be listed or read, until it has none, or a person said that everything
  was sent again;
- all rows of a source that a restored store does not list by itself (`CaseSource.is_brought`), for a time, or until a
  person said so (`gateway.operations.recovery.asked_until`);
- a row that shows the notice that is made of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from gateway.notice.source_row import CaseSource, Shown
from gateway.operations.recovery import STATED, asked_until, collected, ended_since
from gateway.runtime.clock import parse_timestamp, timestamp
from gateway.store.ports.refusal_store import RefusalStore
from gateway.store.ports.row_store import RowStore
from gateway.store.store import Store
from gateway.store.store_fingerprint import Recovery

LISTED_AGAIN_AFTER: Final = timedelta(hours=1)
"""Time after which a source that could not be read whole is listed anew, once the recovery has ended."""


def recoveries_of(
    source: CaseSource, store: Store, references: Mapping[str, str], now: datetime
) -> dict[str, Recovery]:
    """Return the ended recovery of each row whose notice may have been sent before it.

    ``references`` are those of new notices, by row key. Raises `GatewayError` ``source.*`` and those of the store.
    """
    if not references or not (recoveries := store.recovery.all()):
        return {}
    found = _refused(source.name, store.refusals, list(references), recoveries)
    newest = recoveries[-1]
    if newest.ended_at is None:
        return found
    if not _is_listed(source.name, store.rows, newest) or (source.is_brought and asked_until(store, now) is not None):
        return dict.fromkeys(references, newest)
    shown = source.shown([key for key in references if key not in found])
    return {key: newest for key, row in shown.items() if _is_shown(row, references[key])} | found


def is_due(rows: RowStore, source: str, recovery: Recovery, now: datetime) -> bool:
    """Return True if the source is to be listed anew for a recovery that is the newest one."""
    if _is_listed(source, rows, recovery):
        return False
    epoch, _, listed_at = (rows.cursor(collected(source)) or "").partition(" ")
    if recovery.ended_at is None or epoch != recovery.epoch:
        return True
    return parse_timestamp(listed_at) <= now - LISTED_AGAIN_AFTER


def listed(source: str, recovery: Recovery, now: datetime, *, is_whole: bool) -> dict[str, str]:
    """Return the cursor of a source that was listed anew; with its time unless every row was listed and read."""
    return {collected(source): recovery.epoch if is_whole else f"{recovery.epoch} {timestamp(now)}"}


def _is_listed(source: str, rows: RowStore, recovery: Recovery) -> bool:
    """Return True if a source was read whole since a recovery began; or in part, and a person said that all came."""
    epoch, _, listed_at = (rows.cursor(collected(source)) or "").partition(" ")
    return epoch == recovery.epoch and (not listed_at or rows.cursor(STATED) == epoch)


def _refused(
    source: str, refusals: RefusalStore, keys: Sequence[str], recoveries: Sequence[Recovery]
) -> dict[str, Recovery]:
    """Return the ended recovery of each row that was refused when it ended."""
    standing = refusals.of_rows(source, keys)
    found = {key: ended_since(recoveries, each.since) for key, each in standing.items()}
    return {key: recovery for key, recovery in found.items() if recovery is not None}


def _is_shown(row: Shown | None, reference: str) -> bool:
    """Return True if a row shows this notice; a row without a reference may show its steps alone."""
    if row is None:
        return False
    return row.reference == reference or (row.reference is None and row.seq is not None)
