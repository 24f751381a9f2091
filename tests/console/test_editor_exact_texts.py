"""Texts that nobody touched keep their octets, whatever signs they hold: a browser sends each as the page has it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from adapters.composition.installation import Installation
from gateway.operations.operator_action import OperatorAction
from gateway.people.permissions import Role
from gateway.versions import version_actions
from tests.console.hidden_signs import SIGNS, escaped, mapping_with
from tests.console.sent_form import SentForm
from tests.console.signed_in import Visitor, pages_of, visitor

pytestmark = pytest.mark.long

EDITOR = "/mappings/edit/cases"
CITY = "n.recipient.city:from"


@pytest.fixture(scope="module")
def installation(fresh_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = shutil.copytree(fresh_folder, tmp_path_factory.mktemp("exact") / "folder")
    with closing(Installation.of(folder / "gateway.toml")) as installation:
        yield installation


@pytest.fixture(scope="module", params=["fa", "en"])
def editor(installation: Installation, request: pytest.FixtureRequest) -> Visitor:
    return visitor(pages_of(installation), Role.MAPPING_ADMINISTRATOR, language=request.param)


def _imported(installation: Installation, text: str) -> str:
    made = OperatorAction(name="mapping.import", account="maker", reason="new", at=installation.clock())
    done = version_actions.import_version(installation.store(), text.encode(), "exact", "", made, "gateway")
    return done.version.label


def _after(installation: Installation, editor: Visitor, text: str, **changes: str) -> str:
    """Begin from a file, change these texts of the form alone, save; return the file of the draft."""
    label = _imported(installation, text)
    sent = SentForm.of(editor.page(f"{EDITOR}?from={label}"))
    # A preview without a script shows the whole form again.
    sent = SentForm.of(editor.post(EDITOR, **(sent | {"act": "preview"})).text)
    answer = editor.post(EDITOR, **(sent | changes | {"act": "save", "reason": "why"}))
    assert answer.status_code == 302, re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))[:2000]
    name, number = answer.headers["Location"].partition("?")[0].split("/")[-2:]
    made = installation.store().versions.get(name, int(number))
    assert made is not None
    return made.octets.decode()


def _assert_city_alone(before: str, after: str) -> None:
    added = '[[field]]\ntarget = "recipient.city"\nfrom = "district"\n\n'
    assert after.count(added) == 1
    assert after.replace(added, "") == before


@pytest.mark.parametrize("sign", SIGNS)
def test_a_sign_that_no_screen_shows_stays(installation: Installation, editor: Visitor, sign: str) -> None:
    before = mapping_with(escaped(SIGNS[sign]))
    _assert_city_alone(before, _after(installation, editor, before, **{CITY: "district"}))


@pytest.mark.parametrize("sign", ["half-space", "joiner", "right-to-left", "no-break", "soft-hyphen", "tab"])
def test_a_sign_that_stands_in_the_file_itself_stays(installation: Installation, editor: Visitor, sign: str) -> None:
    before = mapping_with(SIGNS[sign], SIGNS[sign])
    _assert_city_alone(before, _after(installation, editor, before, **{CITY: "district"}))
