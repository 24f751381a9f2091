"""Served consoles with and without notices."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pytest

from adapters.composition.installation import Installation
from tests.console.browser.served import served
from tests.console.browser.stage import Served, consoles


@pytest.fixture(scope="session")
def lived_address(lived: Installation) -> Iterator[str]:
    with served(lived) as address:
        yield address


@pytest.fixture(scope="session")
def fresh_address(fresh: Installation) -> Iterator[str]:
    with served(fresh) as address:
        yield address


@pytest.fixture(scope="module")
def scene_consoles(
    lived_folder: Path, fresh_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Served]]:
    """Serve consoles of a module's own, over copies, in which scenes are played."""
    place = tmp_path_factory.mktemp("scenes")
    with consoles(copytree(lived_folder, place / "lived"), copytree(fresh_folder, place / "fresh")) as found:
        yield found
