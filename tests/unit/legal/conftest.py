"""The shipped rules and the shipped calendar."""

from __future__ import annotations

import pytest

from adapters.settings.legal_folder import legal_files
from adapters.shipped.resources import CALENDAR, RULES
from gateway.legal.calendar_reader import calendar_of
from gateway.legal.office_calendar import OfficeCalendar
from gateway.legal.rules import RuleSet
from gateway.legal.rules_reader import rules_of


@pytest.fixture(scope="session")
def calendar() -> OfficeCalendar:
    return calendar_of(legal_files(CALENDAR))


@pytest.fixture(scope="session")
def rules() -> RuleSet:
    return rules_of(legal_files(RULES))
