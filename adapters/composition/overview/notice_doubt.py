"""Doubt about one notice, explained by the settings of an installation."""

from __future__ import annotations

from datetime import datetime

from adapters.composition.installation import Installation
from gateway.notice.outbox import OutboxEntry
from gateway.overview.doubt_explained import ExplainedDoubt, explain_doubt


def explained_doubt(installation: Installation, entry: OutboxEntry, now: datetime) -> ExplainedDoubt:
    """Explain the doubt about a notice in `IN_DOUBT`. Raises `GatewayError` ``store.*``."""
    store = installation.store()
    return explain_doubt(
        entry,
        store.notices.history(entry.reference),
        installation.settings.judiciary.settle_seconds,
        now,
        unasked=any(recovery.forgot(entry) for recovery in store.recovery.all()),
    )
