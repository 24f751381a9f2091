"""The port to the rows that intake has processed, and to cursors. `Store.commit` writes both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gateway.notice.source_row import RowMark


class RowStore(Protocol):
    """Read the progress of the readers of case sources and of feeds. Raises
    `gateway.runtime.errors.GatewayError` with ``store.*``."""

    def cursor(self, name: str) -> str | None: ...

    def unseen(self, marks: Sequence[RowMark]) -> list[RowMark]:
        """Return those of ``marks`` that no commit has recorded as seen in exactly this version, in their order."""
        ...
