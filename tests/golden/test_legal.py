"""Files of rules and calendars that installations wrote: they are read for ever, and lead to the same days."""

from __future__ import annotations

from tests.golden.keeping import golden_lines
from tests.golden.legal_results import lines


def test_golden_rules_and_calendar_lead_to_the_same_results() -> None:
    assert golden_lines("legal") - set(lines()) == set()
