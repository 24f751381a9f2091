"""The mapping editor shows and saves the right thing if a text, the version or the file is not as expected."""

from __future__ import annotations

import base64
import re
import shutil
import zlib
from contextlib import closing
from html import unescape
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from adapters.composition.installation import Installation
from adapters.shipped.resources import CASE_MAPPING
from gateway.operations.operator_action import OperatorAction
from gateway.people.permissions import Role
from gateway.versions import version_actions
from tests.console.sent_form import SentForm
from tests.console.signed_in import Visitor, pages_of, visitor

EDITOR = "/mappings/edit/cases"
CITY = {"n.recipient.city:from": "district"}


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


@pytest.fixture
def file(fresh_folder: Path, tmp_path: Path) -> Path:
    """Return the file of a mapping that the configuration of an installation names."""
    folder = shutil.copytree(fresh_folder, tmp_path / "own")
    configuration, database = folder / "gateway.toml", 'url = "sqlite:///cases.db"'
    text = configuration.read_text()
    assert database in text
    configuration.write_text(text.replace(database, f'{database}\nmapping = "my.toml"'))
    shutil.copy(CASE_MAPPING, folder / "my.toml")
    return folder / "my.toml"


def test_edits_stay_if_the_file_is_changed_meanwhile(file: Path) -> None:
    """A comment in the file must not empty the form: it is told in a part that the script replaces."""
    before = file.read_text()
    with closing(Installation.of(file.with_name("gateway.toml"))) as installation:
        editor = visitor(pages_of(installation), Role.MAPPING_ADMINISTRATOR, language="en")
        sent = SentForm.of(editor.page(EDITOR)) | CITY
        file.write_text(f"{before}# a comment\n")
        shown = editor.post(EDITOR, **sent).text
        assert "recipient: city" in shown.split('id="preview"')[1]
        assert "was changed since you began" in shown.split('<div id="told" data-live>')[1].split("</div></div>")[0]
        told = editor.post(EDITOR, **(sent | {"act": "save", "reason": "why"}))
        assert told.status_code == 200
        assert "save again if your draft is still right" in told.text
        assert installation.store().versions.find() == []
        again = SentForm.of(told.text)
        assert again["n.recipient.city:from"] == "district"
        assert editor.post(EDITOR, **(again | {"act": "save"})).status_code == 302
        [made] = installation.store().versions.find()
        assert "# a comment" not in made.octets.decode()
        assert 'target = "recipient.city"' in made.octets.decode()
        later = SentForm.of(editor.page(EDITOR))
        assert editor.post(EDITOR, **(later | {"act": "save"} | CITY | {"reason": "why"})).status_code == 302


@pytest.mark.parametrize("octets", ["", "x", "eNo=", base64.b64encode(zlib.compress(b"#" * 10_000_000)).decode()])
def test_octets_of_no_beginning_are_not_taken(editor: Visitor, octets: str) -> None:
    """A browser may send anything: no other text is taken, no text of any size, and nothing fails."""
    sent = SentForm.of(editor.page(EDITOR)) | CITY | {"digest": "sha256:another", "octets": octets}
    answer = editor.post(EDITOR, **sent)
    assert answer.status_code == 200
    assert "does not say from which content" in answer.text


def marked(editor: Visitor, texts: dict[str, str]) -> set[str]:
    """Send the form with these texts; return the ids of the fields that are marked as wrong."""
    page = editor.post(EDITOR, **(SentForm.of(editor.page(EDITOR)) | texts)).text
    return set(re.findall(r'<(?:input|textarea|select) id="([^"]+)"[^>]* aria-invalid="true"', page))


def test_every_text_that_is_wrong_has_a_mark(editor: Visitor) -> None:
    """A parameter has the mark itself, not its transform; tables and entries have one, and name their messages."""
    wrong = {"do.0": "pad", "with.0": "width = ten", "from": "district"}
    assert marked(editor, {f"n.recipient.city:{key}": text for key, text in wrong.items()}) == {
        "n.recipient.city:with.0"
    }
    assert marked(editor, {"n.recipient.city:from": "district", "n.recipient.city:do.0": "of nobody"}) == {
        "n.recipient.city:do.0"
    }
    assert marked(editor, {"h:name": "No Name"}) == {"h:name"}
    assert marked(editor, {"more:text": "x", "t0:entries": "x"}) == {"more:text", "t0:entries"}
    assert marked(editor, {"t0:entries": "حقیقی = NATURAL\nحقيقي = NATURAL"}) == {"t0:entries"}
    assert marked(editor, {"w:entries": "one word"}) == {"w:name"}
    page = editor.page(EDITOR)
    for id in ("more:text", "w:entries", "t0:unknown", "n.recipient.city:with.0"):
        assert re.search(rf'id="{id}"[^>]* aria-describedby="[^"]*:says"', page), id


def test_the_language_leads_back_to_the_same_beginning(editor: Visitor) -> None:
    """Without it the form began from another version."""
    saved(editor)
    path = f"{EDITOR}?from=case-view-1@1"
    sent = SentForm.of(editor.page(path))
    for page in (editor.page(path), editor.post(EDITOR, **sent).text):
        [address] = re.findall(r'<a href="(/language/fa[^"]*)"', page)
        assert editor.get(unescape(address)).headers["Location"] == path
    compared = "/mappings/versions/case-view-1/1?against=sources/cases"
    [address] = re.findall(r'<a href="(/language/[^"]*)"', editor.page(compared))
    assert editor.get(unescape(address)).headers["Location"] == compared


def test_a_form_that_came_after_the_session_is_said_to_be_lost(installation: Installation) -> None:
    client = pages_of(installation).test_client()
    answer = client.post(EDITOR, data=CITY, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 302
    assert "نه انجام شد و نه ذخیره" in client.get(answer.headers["Location"]).text
    assert "نه انجام شد و نه ذخیره" not in client.get(client.get(EDITOR).headers["Location"]).text


def test_unknown_words_of_a_table_are_told_in_words(editor: Visitor) -> None:
    """Neither does an English page name a field by its path."""
    page = editor.page(EDITOR)
    choice = page.split('id="t0:unknown"')[1].split("</select>")[0]
    assert 'value="{refuse = &#34;recipient.kind&#34;}"' in choice
    assert ">refuses the row: " in choice
    assert "recipient.kind" not in re.sub(r'value="[^"]*"', "", choice)
    facts = page.split('id="preview"')[1]
    assert "<dt>body: code</dt>" in facts
    assert "<dt>body.code</dt>" not in facts
    assert '<a href="#beside">' in page


def test_a_draft_is_edited_further_from_its_page(editor: Visitor, installation: Installation) -> None:
    saved(editor)
    path = "/mappings/versions/case-view-1/1"
    assert f'href="{EDITOR}?from=case-view-1@1"' in editor.page(path)
    auditor = visitor(pages_of(installation), Role.AUDITOR)
    assert EDITOR not in auditor.page(path)
    assert '<option value="3" selected>۳</option>' in re.sub(r"\s+selected", " selected", auditor.page(path))
