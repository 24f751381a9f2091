"""Columns that evidence covers: each is named once, so that a new one is not forgotten."""

from __future__ import annotations

from adapters.storage.schema.tables import notice, outbox
from gateway.reconciliation.integrity import BY_RECEIPTS, IN_RECORD, IN_SEAL, IN_STEPS, NOT_COVERED


def test_every_column_of_a_notice_is_compared_or_named_as_not_covered() -> None:
    named = [*IN_SEAL, *IN_RECORD, *IN_STEPS, *BY_RECEIPTS, *NOT_COVERED]
    assert sorted(named) == sorted({*notice.c.keys(), *outbox.c.keys()})
