"""Place in a list of notices, newest first: the last notice of a page, behind which the next one begins."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from gateway.runtime.clock import parse_timestamp, timestamp
from gateway.runtime.errors import GatewayError

_FORM = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z)~([A-Z0-9-]{1,64})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageKey:
    """Time of admission (aware) and reference of a notice. It needs no secrecy: a query limits what is seen."""

    admitted_at: datetime
    reference: str

    @classmethod
    def parsed(cls, text: str) -> PageKey:
        """Return the key that `text` gave. Raises `GatewayError` ``search.page`` for any other text."""
        parts = _FORM.fullmatch(text)
        try:
            if parts is not None:
                return cls(admitted_at=parse_timestamp(parts[1]), reference=parts[2])
        except ValueError:
            pass
        raise GatewayError("search.page")

    @property
    def text(self) -> str:
        """The form for an address: time, ``~``, reference."""
        return f"{timestamp(self.admitted_at)}~{self.reference}"
