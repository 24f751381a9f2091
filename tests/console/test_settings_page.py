"""The settings page: values with their origin, for those who may see them, and no secret."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from adapters.composition.installation import Installation
from adapters.settings.effective.effective_values import effective_values
from adapters.settings.effective.key_explanations import explanations
from gateway.people.permissions import PERMISSIONS, Permission, Role
from tests.console.signed_in import Visitor, pages_of, visitor

MAY = sorted(role for role in Role if Permission.SEE_SETTINGS in PERMISSIONS[role])


@pytest.mark.parametrize("role", sorted(Role))
def test_who_may_see_settings(visit: Callable[..., Visitor], role: Role) -> None:
    visit(role).page("/settings", 200 if role in MAY else 403)


def test_each_value_has_its_origin(visit: Callable[..., Visitor], lived_folder: Path) -> None:
    """The file's line for what is written there, and the word for a default."""
    page = visit(Role.AUDITOR, language="en").page("/settings?key=gateway.")
    lines = (lived_folder / "gateway.toml").read_text(encoding="utf-8").splitlines()
    number = next(at for at, line in enumerate(lines, 1) if line.startswith("environment"))
    row = page.split('<bdi class="code" dir="ltr">environment</bdi>')[1].split("</tr>")[0]
    assert f"line {number}" in row
    row = page.split('<bdi class="code" dir="ltr">store_timeout_seconds</bdi>')[1].split("</tr>")[0]
    assert "default" in row
    assert "how long an answer of PostgreSQL" in row


def test_the_profile_in_force_is_an_origin(visit: Callable[..., Visitor]) -> None:
    page = visit(Role.AUDITOR).page("/settings?key=capabilities")
    assert "by-reference" in page


def test_filters_are_in_the_address(visit: Callable[..., Visitor]) -> None:
    """A part of a key finds it; the defaults can be left out; nothing found is said."""
    asker = visit(Role.OPERATOR, language="en")
    assert "max_requeues" not in asker.page("/settings?key=judiciary&from=file")
    assert "max_requeues" in asker.page("/settings?key=judiciary")
    assert "No key has this name." in asker.page("/settings?key=nothing-like-it")


def test_changes_are_shown(visit: Callable[..., Visitor]) -> None:
    page = visit(Role.AUDITOR, language="en").page("/settings")
    assert "The first configuration on record" in page
    assert "No configuration is on record yet." not in page


def test_without_a_record_the_page_says_so(fresh_folder: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(fresh_folder, tmp_path / "folder")
    with closing(sqlite3.connect(folder / "gateway.db")) as store, store:
        store.execute("DELETE FROM evidence")
    with closing(Installation.of(folder / "gateway.toml")) as installation:
        page = visitor(pages_of(installation), Role.AUDITOR, language="en").page("/settings")
    assert "No configuration is on record yet." in page


def test_a_file_that_changed_since_is_said(fresh_folder: Path, tmp_path: Path) -> None:
    """The values stay those in effect, and the page says that the file is another one, or broken."""
    folder = shutil.copytree(fresh_folder, tmp_path / "folder")
    config = folder / "gateway.toml"
    text = config.read_text(encoding="utf-8")
    with closing(Installation.of(config)) as installation:
        auditor = visitor(pages_of(installation), Role.AUDITOR, language="en")
        config.write_text(text.replace("lease_seconds = 10", "lease_seconds = 11"), encoding="utf-8")
        assert "was changed since this process read it" in auditor.page("/settings")
        config.write_text(text + "\nno toml", encoding="utf-8")
        assert "cannot be read as it is now" in auditor.page("/settings")


def test_a_mistake_in_the_file_is_told_in_persian_with_its_key(fresh_folder: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(fresh_folder, tmp_path / "folder")
    config = folder / "gateway.toml"
    text = config.read_text(encoding="utf-8")
    with closing(Installation.of(config)) as installation:
        auditor = visitor(pages_of(installation), Role.AUDITOR)
        config.write_text(text.replace("lease_seconds = 10", "lease_secondz = 10"), encoding="utf-8")
        page = auditor.page("/settings")
    told = page.split('<bdi dir="rtl">')[1].split("</bdi>")[0]
    assert "dispatch.lease_secondz" in told
    assert "آیا منظورتان lease_seconds است؟" in told
    assert "did you mean" not in page


def test_no_secret_is_shown(visit: Callable[..., Visitor], lived_folder: Path) -> None:
    """No octets of a key file or password file stand on the page; only names of files do."""
    page = visit(Role.AUDITOR).page("/settings")
    assert "PRIVATE KEY" not in page
    for file in lived_folder.rglob("*.key*"):
        if file.is_file():
            for line in re.findall(r"[A-Za-z0-9+/=]{40,}", file.read_text(encoding="latin-1")):
                assert line not in page, file.name


def test_every_table_of_a_configuration_is_explained(lived: Installation) -> None:
    """The comments of the documented file are found by their keys, without a list of ours."""
    found = explanations()
    assert found["sources.*.password_file"].startswith("its password")
    assert found["judiciary.credential_refusals"].endswith("docs/operate/operators.md")
    tables = effective_values(lived.settings, lived.file, found)
    known = [each for table in tables for each in table.values if each.explanation]
    assert len(known) > 100


def test_a_login_in_an_address_and_a_mailbox_are_left_out(lived: Installation) -> None:
    source = lived.settings.sources["cases"]
    changed = source.model_copy(update={"url": "postgresql://reader:hush@db.example/cases"})
    settings = lived.settings.model_copy(update={"sources": {"cases": changed}})
    values = [each.value for table in effective_values(settings, lived.file, {}) for each in table.values]
    assert "postgresql://…@db.example/cases" in values
    assert not any("hush" in value for value in values)
