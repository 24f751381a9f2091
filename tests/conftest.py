"""The end of the run's report: tables that tests recorded, the time of each folder, and packages that were absent."""

from __future__ import annotations

import gc
import os
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

import hypothesis
import pytest

from tests import databases, debian
from tests.development_keys import make_few_keys

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytest_plugins = ["tests.sampling"]

# How long an example takes says how busy the machine is, and nothing of the code.
hypothesis.settings.register_profile("without time limits", deadline=None)
hypothesis.settings.load_profile("without time limits")


make_few_keys()

# As installations do: other accounts read nothing of what tests write, or `check` would be red. They may enter folders:
# PostgreSQL runs as one.
os.umask(0o026)


_seconds: Counter[str] = Counter()
_absent: Counter[str] = Counter()


def pytest_collection_finish() -> None:
    """Keep the garbage collector from looking through everything that was collected, time and again."""
    gc.collect()
    gc.freeze()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add up the time of each folder, and tests that were skipped for want of a Debian package."""
    folder = report.nodeid.partition("::")[0].split("/")
    _seconds["/".join(folder[:2])] += report.duration
    if report.skipped and isinstance(report.longrepr, tuple) and debian.REASON in report.longrepr[2]:
        _absent[report.longrepr[2].partition(debian.REASON)[2]] += 1


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for report in terminalreporter.getreports("passed"):
        for name, lines in report.user_properties:
            if name == "table":
                terminalreporter.section(report.nodeid.rpartition("::")[2], sep="-")
                terminalreporter.write_line(lines)
    if len(_seconds) > 1:
        terminalreporter.section("seconds by folder, of all workers together", sep="-")
        for folder, seconds in _seconds.most_common():
            terminalreporter.write_line(f"{seconds:8.0f}  {folder}")
    for packages, tests in _absent.items():
        line = f"SKIPPED {tests} tests: Debian packages that are not installed: {packages}"
        terminalreporter.write_line(line, red=True, bold=True)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run that had to have every package."""
    if _absent and os.environ.get(debian.REQUIRED):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_unconfigure() -> None:
    databases.AT_END.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for each process of a run: Playwright takes no second one beside it."""
    from tests.console.browser.chromium import chromium

    with chromium() as started:
        yield started
