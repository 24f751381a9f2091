"""Record of the last comparison of the database with its evidence, and its result, for `check`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from gateway.runtime.clock import parse_timestamp, timestamp
from gateway.store.ports.row_store import RowStore

BY_VERB: Final = "damage-checked"
"""Cursor of `db check`, which compares all notices."""

BY_LOOK: Final = "damage-looked"
"""Cursor of the daily reconciliation, which compares a part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Result of a comparison: ``notices`` compared, and ``differ`` of them.

    ``damaged`` counts damaged pages that the database reported.
    """

    at: datetime
    notices: int
    differ: int
    damaged: int

    def text(self) -> str:
        told = {"at": timestamp(self.at), "notices": self.notices, "differ": self.differ, "damaged": self.damaged}
        return json.dumps(told)


def compared(rows: RowStore, name: str) -> Compared | None:
    """Return the last result of a comparison; None if it is absent or unreadable."""
    try:
        told = json.loads(rows.cursor(name) or "null")
        if told is None:
            return None
        return Compared(
            at=parse_timestamp(told["at"]), notices=told["notices"], differ=told["differ"], damaged=told["damaged"]
        )
    except (ValueError, KeyError, TypeError):
        return None
