"""A judge with an empty ledger."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.sandbox.judiciary.ledger import Ledger

from .attacks import FOLDER, Judge


@pytest.fixture
def among_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that an attack refers to is there, and can be read by whoever follows it."""
    monkeypatch.chdir(FOLDER)


@pytest.fixture
def judge(tmp_path: Path, among_files: None) -> Iterator[Judge]:
    ledger = Ledger(tmp_path / "ledger.db")
    yield Judge(ledger)
    ledger.close()
