"""The packages of a test's service, the store's database, and the number of notices of a run.

`make examples` sets ``EBLAGH_EXAMPLE_NOTICES`` and runs each comparison on both databases; else each has one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import DATABASES

from .installation import install_packages

WHOLE = "EBLAGH_EXAMPLE_NOTICES" in os.environ


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database" in metafunc.fixturenames:
        usual = "postgresql" if "ledgers" in metafunc.function.__name__ else "sqlite"
        metafunc.parametrize("database", list(DATABASES) if WHOLE else [usual], indirect=True)


@pytest.fixture
def notices() -> int:
    """Rows of the case database; about one in five is bad, and is refused."""
    return int(os.environ.get("EBLAGH_EXAMPLE_NOTICES", "60"))


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with DATABASES[request.param](tmp_path) as url:
        yield url


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the server of the module's ``EXAMPLE``, with its npm packages."""
    return install_packages(request.module.EXAMPLE, tmp_path_factory.mktemp("server") / request.module.EXAMPLE)
