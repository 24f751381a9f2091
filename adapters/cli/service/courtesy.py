"""Courtesy messages on the screen of `status`: numbers of the last 24 hours, and the trouble of the last call."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from adapters.terminal.printing import screen
from gateway.overview.notices.courtesy_words import courtesy_in_words
from gateway.runtime.errors import CATALOGUE
from gateway.store.courtesy_message import CourtesyOutcome, CourtesyTally

if TYPE_CHECKING:
    from adapters.composition.installation import Installation

_SHOWN: Final = timedelta(days=1)


def courtesy_standing(installation: Installation, now: datetime) -> CourtesyTally | None:
    """Return the numbers; None if courtesy messages are switched off."""
    section = installation.settings.courtesy
    return installation.store().courtesy.tally(now - _SHOWN) if section is not None and section.tells else None


def courtesy_facts(tally: CourtesyTally) -> dict[str, Any]:
    counts = {outcome.value.lower(): tally.of(outcome) for outcome in CourtesyOutcome}
    return {"starts_a_period": False, **counts, "code": tally.code}


def courtesy_line(tally: CourtesyTally) -> str:
    """Return the numbers in one line, with the trouble of the last call."""
    line = screen.words(courtesy_in_words(tally))
    if tally.code is None:
        return line
    entry = CATALOGUE[tally.code]
    return screen.say(f"{line}; {entry.en} [{entry.code}]", f"{line}؛ {entry.fa} [{entry.code}]")
