"""What tests found beyond "passed": the tables that they recorded end the run's report."""

from __future__ import annotations

import pytest
from hypothesis import settings

from tests import databases

# A machine under load is slow: what takes long is no failure.
settings.register_profile("suite", deadline=None)
settings.load_profile("suite")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print every property ``table`` of a test that passed."""
    for report in terminalreporter.getreports("passed"):
        for name, lines in report.user_properties:
            if name == "table":
                terminalreporter.section(report.nodeid.rpartition("::")[2], sep="-")
                terminalreporter.write_line(lines)


def pytest_unconfigure() -> None:
    databases.AT_END.close()
