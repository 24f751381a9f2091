"""One browser for each process of a run, and served consoles with and without notices."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from adapters.composition.installation import Installation
from tests.console.browser.chromium import chromium
from tests.console.browser.served import served


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="session")
def lived_address(lived: Installation) -> Iterator[str]:
    with served(lived) as address:
        yield address


@pytest.fixture(scope="session")
def fresh_address(fresh: Installation) -> Iterator[str]:
    with served(fresh) as address:
        yield address
