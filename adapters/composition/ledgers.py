"""The ledgers that reconciliation compares, and the store's own damage, which it looks for."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from adapters.crypto.xml.sealed_fields import sealed_fields
from gateway.reconciliation.inquiry import Pause
from gateway.reconciliation.integrity import check_rows
from gateway.reconciliation.integrity_record import BY_LOOK, Compared
from gateway.reconciliation.standing import Ask
from gateway.record.derived import ReadReceipt
from gateway.record.version_subject import Subject
from gateway.runtime.clock import system_clock
from gateway.runtime.errors import GatewayError
from gateway.runtime.may_continue import MayContinue
from gateway.store.stored import Changes

if TYPE_CHECKING:
    from adapters.composition.installation import Installation
    from adapters.composition.judiciary.bound_profile import BoundProfile
    from adapters.storage.sql_store import SqlStore
    from gateway.receipts.receipt_batch import ReceiptJudge
    from gateway.reconciliation.reconcile import Ledgers

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


def ledgers(installation: Installation, judiciary: BoundProfile, ask: Ask = Ask.OPEN) -> Ledgers:
    """Return the ledgers to compare. No key is needed if the judiciary is not asked, or cannot be."""
    from adapters.composition.judiciary.couriers import judiciary_courier
    from adapters.composition.mappings import mappers_in_force
    from adapters.composition.sources import case_source
    from gateway.reconciliation.reconcile import Ledgers

    asks = ask is not Ask.NONE and judiciary.profile.capabilities.can_prove_absence
    names = list(installation.settings.sources)
    return Ledgers(
        store=installation.store(),
        sources=[case_source(installation, name) for name in names],
        mappers=mappers_in_force(installation),
        courier=judiciary_courier(installation, judiciary) if asks else None,
        read=receipt_reader(installation),
        own=frozenset(name for name in names if _has_own_columns(installation, name)),
    )


def _has_own_columns(installation: Installation, source: str) -> bool:
    """Return True if a mapping of a source's results may have written its rows, now or before."""
    from adapters.settings.mapping_file import results_file

    decided = installation.store().versions.activations(source, Subject.RESULTS)
    return bool(decided) or results_file(installation.settings, installation.folder, source) is not None


def receipt_reader(installation: Installation) -> ReadReceipt:
    """Return the reader of receipts that were accepted before.

    It reads by the profile in force at its first use, and by earlier ones.
    """
    made: list[ReceiptJudge] = []

    def read(octets: bytes) -> Mapping[str, str]:
        if not made:
            # A notice without receipts is shown without the libraries of the judiciary's contract.
            from adapters.composition.judiciary.receipt_judges import receipt_judge

            made.append(receipt_judge(installation, installation.judiciary))
        return made[0].read(octets)

    return read
