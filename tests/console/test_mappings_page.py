"""The pages of mappings and profiles: lives, rules in words, differences, and previews without identifiers."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from adapters.composition.installation import Installation
from adapters.settings import read_folder
from adapters.shipped.resources import CASE_MAPPING, PROFILES
from gateway.notice.masked_identifiers import hidden, masked
from gateway.operations.operator_action import OperatorAction
from gateway.people.permissions import PERMISSIONS, Permission, Role
from gateway.record.version_subject import Subject
from gateway.versions import version_actions
from gateway.versions.bundle import bundled
from tests.console.signed_in import Visitor, pages_of, visitor

MAY = sorted(role for role in Role if Permission.SEE_MAPPINGS in PERMISSIONS[role])
FIRST = CASE_MAPPING.read_text(encoding="utf-8").replace('name = "case-view-1"', 'name = "district-5"')
SECOND = (
    FIRST.replace('from = "archive_number"', 'from = "archive_number"\ndo = ["trim"]')
    .replace('[[field]]\ntarget = "renovation_code"\nfrom = "renovation_code"\n', "")
    .replace('"اتباع" = "FOREIGN"', '"اتباع" = "FOREIGN"\n"بیگانه" = "FOREIGN"')
)
MISPLACED = SECOND.replace('target = "subject"\nfrom = "subject"', 'target = "subject"\nfrom = "recipient_id"')
WRONG = SECOND.replace('from = "recipient_id"', 'from = "subject"')
SPACES = f"# a remark\n{SECOND}"


@pytest.fixture(scope="module")
def folder(fresh_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with five versions of a mapping and one of a profile."""
    path = shutil.copytree(fresh_folder, tmp_path_factory.mktemp("versions") / "folder")
    with closing(Installation.of(path / "gateway.toml")) as installation:
        _live(installation)
    return path


@pytest.fixture(scope="module")
def installation(folder: Path) -> Iterator[Installation]:
    with closing(Installation.of(folder / "gateway.toml")) as installation:
        yield installation


@pytest.fixture(scope="module")
def auditor(installation: Installation) -> Visitor:
    return visitor(pages_of(installation), Role.AUDITOR, language="en")


def _live(installation: Installation) -> None:
    store, at = installation.store(), installation.clock()

    def act(name: str, account: str, reason: str) -> OperatorAction:
        return OperatorAction(name=f"mapping.{name}", account=account, reason=reason, at=at)

    for number, text in enumerate((FIRST, SECOND, MISPLACED, SPACES, WRONG)):
        made = act("import", f"maker-{number}", f"draft {number}")
        version_actions.import_version(store, text.encode(), "district-5", "columns of cases", made, "gateway")
    first = version_actions.find(store.versions, "district-5@1")
    sent = version_actions.submit(store, first, "columns of cases", act("submit", "maker", "please look"), "gateway")
    approved = version_actions.approve(store, sent.version, act("approve", "checker", "it is right"), "gateway")
    version_actions.activate(store, approved.version, ["cases"], at, act("activate", "maker", "from today"), "gateway")
    rpc = bundled(read_folder(PROFILES / "eblagh-rpc-1"))
    made = act("import", "maker", "new")
    version_actions.import_version(store, rpc, "eblagh-rpc-1", "", made, "gateway", Subject.PROFILE)


@pytest.mark.parametrize("role", sorted(Role))
def test_who_may_see_mappings(installation: Installation, role: Role) -> None:
    status = 200 if role in MAY else 403
    asker = visitor(pages_of(installation), role)
    for path in ("/mappings", "/mappings/versions/district-5/1", "/mappings/files/judiciary/sandbox"):
        asker.page(path, status)


def test_without_versions_the_files_are_shown(visit_fresh: Callable[..., Visitor]) -> None:
    asker = visit_fresh(Role.MAPPING_ADMINISTRATOR, language="en")
    page = asker.page("/mappings")
    assert "No version was imported yet." in page
    assert "/mappings/files/sources/cases" in page
    assert "In force now for:" in asker.page("/mappings/files/sources/cases")


def test_the_life_of_a_version(auditor: Visitor) -> None:
    """Each step has its person and reason, and the list says what is in force since when."""
    page = auditor.page("/mappings")
    assert page.count("/mappings/versions/district-5/1") == 2
    life = auditor.page("/mappings/versions/district-5/1")
    for words in ("Submitted for approval", "Approved by another person", "Put in force", "checker", "it is right"):
        assert words in life
    assert "In force now for:" in life
    assert "In force now for:" not in auditor.page("/mappings/versions/district-5/2")
    assert "instead of it" in auditor.page("/mappings/files/sources/cases")


def test_rules_are_words_and_the_text_is_folded(installation: Installation) -> None:
    page = visitor(pages_of(installation), Role.APPROVER).page("/mappings/versions/district-5/2")
    rules = page.split('id="rules"')[1].split("</table>")[0]
    assert "شماره بایگانی" in rules
    assert "بدون فاصله‌های دو سر" in rules
    assert "درون ابلاغیه مهرشده" in rules
    assert "[[field]]" not in rules
    assert "[[field]]" in page.split("متن دقیق")[1]


def test_differences_between_two_versions(auditor: Visitor) -> None:
    """Added, removed and changed fields stand side by side; comments make no difference."""
    page = auditor.page("/mappings/versions/district-5/2?against=1")
    shown = page.split('id="differences"')[1].split('id="rules"')[0]
    assert "changed" in shown.split("archive number")[1].split("</tr>")[0]
    assert "removed" in shown.split("renovation code")[1].split("</tr>")[0]
    assert "بیگانه" in shown
    assert "added" in auditor.page("/mappings/versions/district-5/1?against=2").split("renovation code")[1]
    assert "Both say the same." in auditor.page("/mappings/versions/district-5/4?against=2")


def _identifiers(folder: Path) -> set[str]:
    with closing(sqlite3.connect(folder / "cases.db")) as cases:
        rows = cases.execute("SELECT recipient_id, mobile, postal_code FROM eblagh_notices").fetchall()
    return {str(value) for row in rows for value in row if value}


def test_a_preview_shows_no_identifier(auditor: Visitor, folder: Path) -> None:
    """Neither in the field for it, nor where a wrong mapping puts it; rejected rows name field and remedy."""
    identifiers = _identifiers(folder)
    assert len(identifiers) > 20
    for number in (1, 2, 3, 5):
        page = auditor.page(f"/mappings/versions/district-5/{number}?rows=20")
        assert page.count("<h3>Row ") == 20
        for each in identifiers:
            assert each not in page
            assert each.lstrip("+0") not in page
    wrong = auditor.page("/mappings/versions/district-5/5?rows=3")
    assert "rejected" in wrong
    assert "What to do" in wrong
    assert ">subject<" in wrong


def test_a_preview_is_read_only_when_asked(auditor: Visitor, installation: Installation) -> None:
    before = installation.store().log.size()
    assert "<h3>Row " not in auditor.page("/mappings/versions/district-5/1")
    assert installation.store().log.size() == before


def test_a_source_that_does_not_answer_breaks_no_page(folder: Path, tmp_path: Path) -> None:
    apart = shutil.copytree(folder, tmp_path / "apart")
    (apart / "cases.db").unlink()
    with closing(Installation.of(apart / "gateway.toml")) as installation:
        operator = visitor(pages_of(installation), Role.OPERATOR, language="en")
        page = operator.page("/mappings/versions/district-5/1?rows=3")
    assert 'class="notice bad"' in page
    assert 'id="rules"' in page


def test_a_profile_says_what_the_service_can_do(auditor: Visitor) -> None:
    page = auditor.page("/mappings/versions/eblagh-rpc-1/1")
    assert "Each message carries one notice." in page
    assert "The judiciary brings receipts to an address of ours." in page
    assert "service.wsdl" in page
    configured = auditor.page("/mappings/files/judiciary/sandbox")
    assert "Receipts are fetched page by page." in configured


@pytest.mark.parametrize(
    "path",
    [
        "/mappings/versions/district-5/9",
        "/mappings/versions/nobody/1",
        "/mappings/versions/district-5/99999999999999999999",
        "/mappings/versions/district-5/9999999999/replay",
        "/mappings/versions/district-5/2?against=9",
        "/mappings/versions/district-5/2?against=x",
        "/mappings/versions/district-5/2?rows=3&source=nowhere",
        "/mappings/files/sources/nowhere",
        "/mappings/files/nowhere/cases",
    ],
)
def test_what_is_not_there_is_404(auditor: Visitor, path: str) -> None:
    auditor.page(path, 404)


def test_pages_have_no_style_or_script_of_their_own(auditor: Visitor) -> None:
    for path in ("/mappings", "/mappings/versions/district-5/2?against=1&rows=3", "/mappings/versions/eblagh-rpc-1/1"):
        page = auditor.page(path)
        assert not re.search(r"<style|<[a-z][^>]*\s(style|on\w+)=", page)
        assert page.count("<script") == 1


def test_masks() -> None:
    """Numbers as long as an identifier are masked in the digits of any script; shorter ones are not."""
    assert masked("کد ۰۰۸۴۵۷۵۹۴۸ است") == "کد ••••••••۴۸ است"
    assert masked("+989121234567, 12/345") == "•••••••••••67, 12/345"
    assert masked("997300647 of 12345678") == "•••••••47 of 12345678"
    assert hidden("1") == "•"
    assert hidden("123") == "•23"


def test_a_digest_is_no_number() -> None:
    """A digest with ten digits in a row would be unreadable, and no check of a record could name it."""
    digest = "ab12345678901234567890ab" * 2
    assert masked(f"sha256:{digest} 0012345679") == f"sha256:{digest} ••••••••79"
    assert masked("1" * 40) == "•" * 38 + "11"
