"""Parts of the past that one run of a pass reads once more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadAgain:
    """Beginnings of a run that looks back.

    ``rows_since`` is the version from which on case databases are compared with the collected rows. ``receipts_after``
    is the cursor after which receipts are fetched, the beginning if it is empty. None: from where it stands.
    """

    rows_since: str | None = None
    receipts_after: str | None = None


FROM_WHERE_IT_STANDS: Final = ReadAgain()
