"""What the mapping editor shows and saves if a text, the version or the file is not as the person expects."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from adapters.composition.installation import Installation
from gateway.operations.operator_action import OperatorAction
from gateway.people.permissions import Role
from gateway.versions import version_actions
from tests.console.sent_form import SentForm
from tests.console.signed_in import Visitor, pages_of, visitor

EDITOR = "/mappings/edit/cases"
CITY = {"n.recipient.city:from": "district"}


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


def saved(editor: Visitor, reason: str = "نامه", **texts: str) -> TestResponse:
    return editor.post(EDITOR, **(SentForm.of(editor.page(EDITOR)) | CITY | texts | {"act": "save", "reason": reason}))


def test_changes_that_are_a_version_already_are_told(editor: Visitor, installation: Installation) -> None:
    """Another reason would be lost; a second press of the button has the same one, and leads to the version."""
    there = "/mappings/versions/case-view-1/1"
    assert saved(editor).headers["Location"].startswith(there)
    assert saved(editor).headers["Location"].startswith(there)
    told = saved(editor, "another letter")
    assert told.status_code == 200
    assert "Nothing was recorded: these changes are a version already." in told.text
    assert f'<a href="{there}">' in told.text
    assert SentForm.of(told.text)["reason"] == "another letter"
    assert SentForm.of(told.text)["n.recipient.city:from"] == "district"
    assert len(installation.store().versions.history("case-view-1", 1)) == 2


def test_a_retired_text_is_proposed_again_under_another_title(editor: Visitor, installation: Installation) -> None:
    saved(editor)
    store = installation.store()
    act = OperatorAction(name="mapping.retire", account="a", reason="no", at=installation.clock())
    version_actions.retire(store, version_actions.find(store.versions, "case-view-1@1"), ["cases"], act, "gateway")
    told = saved(editor)
    assert "Retired" in told.text
    assert "give the mapping another title below" in told.text
    again = saved(editor, **{"h:title": "پیشنهاد دوباره"})
    assert again.headers["Location"].startswith("/mappings/versions/case-view-1/2")
