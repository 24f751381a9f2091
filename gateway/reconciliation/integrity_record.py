"""Record in the store when the database was compared with its evidence last, and the result, for `check`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from gateway.runtime.clock import parse_timestamp, timestamp
from gateway.store.ports.row_store import RowStore

BY_VERB: Final = "damage-checked"
"""The cursor that `db check` leaves, which compares all notices."""

BY_LOOK: Final = "damage-looked"
"""That of the daily reconciliation, which compares a part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """``notices`` were compared, of which ``differ`` did; ``damaged`` counts what the database told of its pages."""

    at: datetime
    notices: int
    differ: int
    damaged: int

    def text(self) -> str:
        told = {"at": timestamp(self.at), "notices": self.notices, "differ": self.differ, "damaged": self.damaged}
        return json.dumps(told)


def compared(rows: RowStore, name: str) -> Compared | None:
    """Return what a comparison left; None if there was none, or if that cannot be read."""
    try:
        told = json.loads(rows.cursor(name) or "null")
        if told is None:
            return None
        return Compared(
            at=parse_timestamp(told["at"]), notices=told["notices"], differ=told["differ"], damaged=told["damaged"]
        )
    except (ValueError, KeyError, TypeError):
        return None
