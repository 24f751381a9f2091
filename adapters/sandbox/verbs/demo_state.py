"""The state of a demonstration: our store, the case database and the sandbox's ledger, side by side."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, text

from adapters.storage.sql_store import SqlStore
from gateway.notice.delivery_state import DeliveryState

_MATCHED = text("""
    SELECT count(*) FROM notices JOIN sample_expectations USING (notice_id)
    WHERE eblagh_state = expected_state AND (expected_code IS NULL OR eblagh_code = expected_code)
""")
_STATES = text("""
    SELECT notice_id, eblagh_reference, eblagh_state, expected_state
    FROM notices JOIN sample_expectations USING (notice_id)
""")


class DemoState:
    """Reader of all three; it changes nothing."""

    def __init__(self, directory: Path, store: SqlStore) -> None:
        self._ledger, self._store = directory / "judiciary.db", store
        self._cases = create_engine(f"sqlite:///file:{directory / 'cases.db'}?mode=ro&uri=true")
        with self._reading() as connection:
            self.expected_total: int = connection.execute(text("SELECT count(*) FROM sample_expectations")).scalar_one()

    def figures(self) -> dict[str, int]:
        """Return counts of notices (one paper for one recipient); ``collected`` = ``refused`` + ``admitted``."""
        counts = self._store.tallies.counts()
        return {
            "collected": counts["collected"],
            "refused": counts["refused"],
            "admitted": counts["admitted"],
            "submitted": counts["submitted"],
            "delivered": counts["delivered"],
            "viewed": counts.get(DeliveryState.VIEWED, 0),
            "rejected": counts.get(DeliveryState.REJECTED, 0),
            "no_account": counts.get(DeliveryState.NO_ACCOUNT, 0),
            "in_doubt": counts.get(DeliveryState.IN_DOUBT, 0),
            "dead_letter": counts.get(DeliveryState.DEAD_LETTER, 0),
            "written_back": counts["written"],
            "quarantined_receipts": counts["quarantined"],
        }

    def finished(self) -> bool:
        """Return True if every row of the case database shows the expected end, and a refused one the right code."""
        with self._reading() as connection:
            return bool(connection.execute(_MATCHED).scalar_one() == self.expected_total)

    def disagreements(self) -> list[str]:
        """Return the differences between the case database and the sandbox's ledger, and every reference that came
        twice.
        """
        from adapters.sandbox.judiciary.ledger import ledger

        lines: dict[str, dict[str, Any]] = {line["reference"]: line for line in ledger(self._ledger)}
        problems = [
            f"{ref} came {line['submissions']} times" for ref, line in lines.items() if line["submissions"] != 1
        ]
        with self._reading() as connection:
            rows = connection.execute(_STATES).all()
        if not self.finished():
            return problems  # under way: the two sides need not agree yet
        shown = {row.eblagh_reference: row.eblagh_state for row in rows if row.eblagh_reference}
        problems += [f"{ref} is unknown to the case database" for ref in lines.keys() - shown.keys()]
        for reference, state in shown.items():
            theirs = lines[reference]["state"] if reference in lines else "not there"
            # A view after our last look is no difference: it could not be known yet.
            if state != theirs and (state, theirs) != ("DELIVERED", "VIEWED"):
                problems.append(f"{reference} is {state} in the case database, {theirs} in the ledger")
        return problems

    def example_reference(self) -> str | None:
        """Return the reference of a notice that was viewed, as an example."""
        found = self._store.notices.find(state=DeliveryState.VIEWED, limit=1, after=None)
        return found[0].entry.reference if found else None

    def close(self) -> None:
        self._cases.dispose()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._cases.connect() as connection:
            yield connection
