"""A folder of papers, as a row names them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.papers import PDF


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    """Folder with one paper, `1404/one.pdf`."""
    folder = tmp_path / "papers"
    (folder / "1404").mkdir(parents=True)
    (folder / "1404" / "one.pdf").write_bytes(PDF)
    return folder
