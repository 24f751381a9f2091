"""Looks at the whole store that reconciliation takes: what is damaged, and how long its inquiries pause."""

from __future__ import annotations

import time
from datetime import timedelta

from adapters.crypto.xml.sealed_fields import sealed_fields
from adapters.storage.sql_store import SqlStore
from gateway.reconciliation.inquiry import Pause
from gateway.reconciliation.integrity import check_rows
from gateway.reconciliation.integrity_record import BY_LOOK, Compared
from gateway.record.derived import ReadReceipt
from gateway.runtime.clock import system_clock
from gateway.runtime.errors import GatewayError
from gateway.runtime.may_continue import MayContinue
from gateway.store.stored import Changes

MAX_DAMAGE = 20
"""Most damages that one look reports; `db check` reports all."""

DAMAGE_SECONDS = 600.0
"""Seconds that a look compares rows with their evidence. The next look continues from there."""

_CHECKED = "rows-checked"


def damage(store: SqlStore, read_receipt: ReadReceipt | None, may_continue: MayContinue) -> list[GatewayError]:
    """Return damaged parts of the database and rows that differ from their evidence; at most `MAX_DAMAGE`.

    Seals are large, so each look runs for a limited time and continues from the end of the one before.
    """
    pages, found, until = store.check_pages(), list[GatewayError](), time.monotonic() + DAMAGE_SECONDS
    went_on = lambda: may_continue() and time.monotonic() < until  # noqa: E731
    checked = check_rows(store, sealed_fields, read_receipt, found.append, went_on, store.rows.cursor(_CHECKED) or "")
    damaged = [GatewayError("store.damaged", where=pages.checked_by, detail=problem) for problem in pages.problems]
    told = Compared(at=system_clock(), notices=checked.notices, differ=checked.problems, damaged=len(damaged))
    store.commit(Changes(cursors={_CHECKED: checked.reached, BY_LOOK: told.text()}))
    return [*damaged, *found][:MAX_DAMAGE]


def patient(may_continue: MayContinue) -> Pause:
    """Return a pause that ends early when the pass may not continue."""

    def pause(period: timedelta) -> None:
        until = time.monotonic() + period.total_seconds()
        while time.monotonic() < until and may_continue():
            time.sleep(min(0.5, max(0.0, until - time.monotonic())))

    return pause
