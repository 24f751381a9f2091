"""Courtesy messages in the configuration: the telephone service, the bodies that use it, and the fixed text."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

from adapters.settings.values import Days, KnownServiceSection
from gateway.courtesy.courtesy_text import MAX_TEXT, USUAL_TEXT, is_text


def _text(text: str) -> str:
    if not is_text(text):
        raise ValueError(f"Persian words alone are wanted, at most {MAX_TEXT} characters: no digit and no link")
    return text


class CourtesySection(KnownServiceSection):
    """Courtesy messages by Shahrzad (`docs/connect/courtesy.md`): information only, which starts no period.

    Nobody is told while ``enabled`` is false, or if the notice's body is not one of ``bodies``; nor of an arrival
    ``max_age_days`` ago. A pass tells at most ``most_per_pass`` persons. ``not_taken_statuses`` are statuses of 500 to
    599 by which the service's owner says that nothing was taken; any other leaves the outcome unknown.
    """

    enabled: bool = True
    bodies: list[str] = Field(default=[])
    text: Annotated[str, AfterValidator(_text)] = USUAL_TEXT
    max_age_days: Days = timedelta(days=3)
    most_per_pass: int = Field(default=200, ge=1, le=10_000)
    not_taken_statuses: list[Annotated[int, Field(ge=500, le=599)]] = Field(default=[])

    @property
    def tells(self) -> bool:
        return self.enabled and bool(self.bodies)
