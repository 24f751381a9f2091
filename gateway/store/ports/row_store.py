"""The port to the rows that were taken in, and to cursors. `Store.commit` writes both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gateway.notice.source_row import RowMark


class RowStore(Protocol):
    """Tell how far the readers of case sources and of feeds have come. Raises
    `gateway.runtime.errors.GatewayError` with ``store.*``."""

    def cursor(self, name: str) -> str | None: ...

    def unseen(self, marks: Sequence[RowMark]) -> list[RowMark]:
        """Return those of ``marks`` that no commit has named as seen in this very version, in their order."""
        ...
