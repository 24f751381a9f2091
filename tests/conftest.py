"""What tests found beyond "passed": the tables that they recorded end the run's report."""

from __future__ import annotations

import os

import hypothesis
import pytest

from tests import databases

# How long an example takes says how busy the machine is, and nothing of the code.
hypothesis.settings.register_profile("without time limits", deadline=None)
hypothesis.settings.load_profile("without time limits")


# As installations do: other accounts read nothing of what tests write, or `check` would be red. They may enter folders:
# PostgreSQL runs as one.
os.umask(0o026)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print every property ``table`` of a test that passed."""
    for report in terminalreporter.getreports("passed"):
        for name, lines in report.user_properties:
            if name == "table":
                terminalreporter.section(report.nodeid.rpartition("::")[2], sep="-")
                terminalreporter.write_line(lines)


def pytest_unconfigure() -> None:
    databases.AT_END.close()
