"""Source of an entry in rules and calendars, and its mark: has counsel confirmed it?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gateway.runtime.bilingual import Words


class Mark(StrEnum):
    """State of an entry: it follows from a public source, or counsel must confirm it first."""

    CONFIRMED = "confirmed"
    TO_BE_CONFIRMED = "to-be-confirmed"


MARKS: Final[Mapping[Mark, Words]] = {
    Mark.CONFIRMED: Words(en="confirmed", fa="تأییدشده"),
    Mark.TO_BE_CONFIRMED: Words(en="to be confirmed by counsel", fa="نیازمند تأیید مشاور حقوقی"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Source of an entry (law and article, or the data that it was taken from), and its mark."""

    source: Words
    mark: Mark

    @property
    def is_confirmed(self) -> bool:
        return self.mark is Mark.CONFIRMED
