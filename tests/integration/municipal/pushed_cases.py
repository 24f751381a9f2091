"""A municipality's system that brings its rows to the gateway's inbox, and asks there what became of them."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from typing import Any

from adapters.municipal.inbox_source import InboxSource
from adapters.municipal.sql.source_config import COLUMNS
from gateway.notice.source_row import CaseSource
from gateway.runtime.clock import Clock, system_clock, timestamp
from gateway.store.inbox import Inbox, PushedRow, Taking
from tests.integration.municipal.case_database import PDF
from tests.passes.case_table import ROW

RECEIVED_AT = datetime(2026, 2, 3, 8, tzinfo=UTC)


class PushedCases:
    """The clerk's actions, as `case_database.CaseDatabase` has them; each pushes one row."""

    def __init__(self, inbox: Inbox, name: str = "cases") -> None:
        self.inbox, self.name = inbox, name
        self._ids, self._versions = count(1), count(1)
        self.rows: dict[str, dict[str, Any]] = {}

    def source(self, clock: Clock = system_clock) -> CaseSource:
        return InboxSource(self.name, self.inbox, clock)

    def add(self, document: bytes | None = PDF, parties: int = 1) -> list[str]:
        keys = [str(next(self._ids)) for _ in range(parties)]
        for key in keys:
            mine = {"recipient_name": "علی یکتا (نمونه)", "document": document, "paper_number": key}
            self.rows[key] = {**dict.fromkeys(COLUMNS), **ROW, **mine}
            self.bring(key)
        return keys

    def correct(self, key: str, name: str) -> None:
        self.rows[key] = {**self.rows[key], "recipient_name": name}
        self.bring(key)

    def bring(self, key: str) -> None:
        row = PushedRow(key=key, version=next(self._versions), fields=self.rows[key])
        [taken] = self.inbox.push(self.name, [row], origin="test", now=RECEIVED_AT)
        assert taken.taking is Taking.STORED

    def shown(self, key: str) -> dict[str, Any]:
        """Return a row's status as the municipality reads it, by a case database's names."""
        reported = self.inbox.standings(self.name, [key])[key].told
        names = {"reference": "eblagh_reference", "state": "eblagh_state", "seq": "eblagh_seq", "code": "eblagh_code"}
        names |= {"reason": "eblagh_reason", "tracking_number": "eblagh_tracking", "effect": "service_effect"}
        names |= {"delivered_at": "delivered_at", "viewed_at": "viewed_at", "service_date": "service_date"}
        names |= {"updated_at": "eblagh_updated_at"}
        values = {column: getattr(reported, name, None) for name, column in names.items()}
        return {c: timestamp(v) if isinstance(v, datetime) else v for c, v in values.items()}
