"""Metrics of rows that senders push, and of receipts that a judiciary pushes to the callback."""

from __future__ import annotations

from adapters.web.shown import Shown

PUSHES = (
    Shown(
        name="pushed_rows_total",
        labels=("source", "way", "taking"),
        meaning="rows that senders brought by rest or soap, receipts that the judiciary (as source) brought by"
        " callback: stored (receipts: taken, new or not), repeated (known already), refused",
        values=lambda seen: [((s, w.value, t.value), count) for (s, w, t), count in seen.facts.pushed.items()],
        counts_up=True,
    ),
    Shown(
        name="pushes_refused_total",
        labels=("source", "way", "code"),
        meaning="messages that were refused as a whole, or could not be taken, by their code"
        " (docs/reference/errors.md); without a source where they named none that there is",
        values=lambda seen: [((s, w.value, code), count) for (s, w, code), count in seen.facts.pushes_refused.items()],
        counts_up=True,
    ),
)
