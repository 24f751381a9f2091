"""What the mapping editor shows and saves if a text, the version or the file is not as the person expects."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from adapters.composition.installation import Installation
from gateway.people.permissions import Role
from tests.console.sent_form import SentForm
from tests.console.signed_in import Visitor, pages_of, visitor

EDITOR = "/mappings/edit/cases"


@pytest.fixture
def installation(fresh_folder: Path, tmp_path: Path) -> Iterator[Installation]:
    folder = shutil.copytree(fresh_folder, tmp_path / "folder")
    with closing(Installation.of(folder / "gateway.toml")) as installation:
        yield installation


@pytest.fixture
def editor(installation: Installation) -> Visitor:
    return visitor(pages_of(installation), Role.MAPPING_ADMINISTRATOR, language="en")


@pytest.mark.parametrize(
    "texts",
    [
        {"n.recipient.city:from": "district", "n.recipient.city:when": "x"},
        {"n.recipient.city:from": "district", "n.recipient.city:do.0": "prefix", "n.recipient.city:with.0": "text"},
        {"w:entries": "one word"},
        {"more:text": "no entry"},
    ],
)
def test_a_text_that_cannot_be_read_shows_no_rows(editor: Visitor, texts: dict[str, str]) -> None:
    """The draft lacks that text, so a row would be shown as another mapping makes it."""
    shown = editor.post(EDITOR, **(SentForm.of(editor.page(EDITOR)) | texts)).text
    assert 'class="mistake"' in shown
    rows = shown.split('id="preview"')[1]
    assert "No row can be mapped yet." in rows
    assert "becomes a notice" not in rows
