"""The replay of a version on past notices, beside a comparison that this test makes by itself from the rows."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import pytest

from adapters.composition.installation import Installation
from adapters.pages.rendering import visible
from gateway.operations.operator_action import OperatorAction
from gateway.people.permissions import Role
from gateway.record.evidence_record import Header
from gateway.runtime.errors import CATALOGUE
from gateway.versions import version_actions
from tests.console.signed_in import Visitor, pages_of, visitor
from tests.console.version_acts import TEXT

OTHER_SUBJECT = TEXT.replace('target = "subject"\nfrom = "subject"', 'target = "subject"\nfrom = "case_number"')
WITHOUT_LEGAL = TEXT.replace('"حقوقی" = "LEGAL"\n"LEGAL" = "LEGAL"\n', "")
MISPLACED = TEXT.replace('target = "subject"\nfrom = "subject"', 'target = "subject"\nfrom = "recipient_id"')
PATH = "/mappings/versions/{}/1/replay"


@dataclass(frozen=True)
class Past:
    """Store with notices, and four versions of mappings: the same one, and three that make something else."""

    installation: Installation
    folder: Path

    def page(self, name: str, role: Role = Role.APPROVER, language: str = "en", **fields: str) -> str:
        browser = visitor(pages_of(self.installation), role, language=language)
        answer = browser.post(PATH.format(name), **{"source": "cases", "number": "500", **fields})
        assert answer.status_code == 200, answer.text[-2000:]
        return answer.text

    @property
    def admitted(self) -> dict[str, str]:
        """The references of the notices of the source, by the keys of their rows."""
        found = self.installation.store().notices.find(state=None, limit=1000, after=None)
        return {each.entry.row_key: each.entry.reference for each in found if each.entry.source == "cases"}

    def rows(self, *columns: str) -> dict[str, tuple[str, ...]]:
        """Return columns of the rows of these notices, as the database has them, by reference."""
        with closing(sqlite3.connect(self.folder / "cases.db")) as cases:
            query = f"SELECT notice_id, {', '.join(columns)} FROM eblagh_notices"
            found = {str(row[0]): row[1:] for row in cases.execute(query)}
        return {reference: found[key] for key, reference in self.admitted.items()}


@pytest.fixture(scope="module")
def past(lived_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Past]:
    folder = shutil.copytree(lived_folder, tmp_path_factory.mktemp("past") / "folder")
    with closing(Installation.of(folder / "gateway.toml")) as installation:
        drafts = {"same": TEXT, "subject": OTHER_SUBJECT, "legal": WITHOUT_LEGAL, "misplaced": MISPLACED}
        for name, text in drafts.items():
            octets = text.replace('name = "case-view-1"', f'name = "{name}"').encode()
            act = OperatorAction(name="mapping.import", account="maker", reason="draft", at=installation.clock())
            version_actions.import_version(installation.store(), octets, name, "columns", act, "gateway")
        yield Past(installation, folder)


def figure(page: str, words: str) -> int:
    found = re.search(rf"<dt>{re.escape(words)}</dt><dd>(.*?)</dd>", page, re.DOTALL)
    return int(re.sub(r"<[^>]*>", "", found[1]).replace(",", "")) if found else 0


def test_the_same_rules_make_the_same(past: Past) -> None:
    page = past.page("same")
    assert figure(page, "notices") == figure(page, "made the same") == len(past.admitted) > 20
    assert "This version makes the same of every notice." in page


def test_another_column_differs_as_the_rows_say(past: Past) -> None:
    """Every notice whose row has another case number than subject, with both values of the first ten."""
    expected = {ref: row for ref, row in past.rows("subject", "case_number").items() if row[0] != row[1]}
    page = past.page("subject")
    assert figure(page, "differ in fields") == len(expected)
    assert figure(page, "made the same") == len(past.admitted) - len(expected)
    table = page.split('id="field-1"')[1].split("</table>")[0]
    shown = re.findall(r"<tr><th scope=\"row\">(.*?)</th><td>.*?</td><td>(.*?)</td><td>(.*?)</td></tr>", table)
    assert len(shown) == 10
    for cells in shown:
        reference, before, after = (unescape(re.sub(r"<[^>]*>", "", each)) for each in cells)
        # A page shows invisible signs of a row as such; the mapping takes none of them away.
        assert after == visible(expected[reference][1])
        assert visible(expected[reference][0]).split()[0] == before.split()[0]


def test_rows_that_the_version_refuses_are_counted(past: Past) -> None:
    kinds = [row[0] for row in past.rows("recipient_kind").values()]
    expected = sum(kind.translate(str.maketrans("يـ", "ی‌")).replace("‌", "").startswith("حقوق") for kind in kinds)
    page = past.page("legal")
    assert figure(page, "refused by the draft") == expected > 0
    assert "Refused by one of them" in page


def test_no_identifier_is_shown(past: Past) -> None:
    """Not even where a wrong mapping puts it."""
    identifiers = {
        value for row in past.rows("recipient_id", "mobile", "postal_code").values() for value in row if value
    }
    for name in ("subject", "legal", "misplaced"):
        page = past.page(name)
        for each in identifiers:
            assert each not in page
            assert each.lstrip("+0") not in page


def test_a_number_takes_the_newest(past: Past) -> None:
    """The last fifty at most; a number that is not offered is the least one."""
    assert figure(past.page("same", number="7"), "notices") == min(50, len(past.admitted))


def test_an_access_is_one_record_with_its_notices(past: Past) -> None:
    def records() -> list[dict[str, str]]:
        store = past.installation.store()
        store.log.place(10_000)
        leaves = [each for each in store.log.leaves(0, 10_000) if _act_of(each.header) == "mapping.replay"]
        return [json.loads(store.evidence.payload(each.payload_digest)) for each in leaves]

    before = len(records())
    past.page("same", role=Role.MAPPING_ADMINISTRATOR)
    past.page("same", role=Role.MAPPING_ADMINISTRATOR)
    added = records()[before:]
    assert len(added) == 1, "a session that repeats it adds none"
    assert added[0]["account"] == "mapping-administrator-1"
    assert set(added[0]["references"].split()) == set(past.admitted.values())


def _act_of(header: bytes) -> str | None:
    return Header.of(header).context.get("act")


def test_nothing_is_compared_before_it_is_asked(past: Past) -> None:
    page = visitor(pages_of(past.installation), Role.APPROVER).page(PATH.format("same"))
    assert 'id="figures"' not in page


def test_a_source_that_does_not_answer_is_an_error_in_the_form(past: Past, tmp_path: Path) -> None:
    folder = shutil.copytree(past.folder, tmp_path / "apart")
    (folder / "cases.db").unlink()
    with closing(Installation.of(folder / "gateway.toml")) as installation:
        browser: Visitor = visitor(pages_of(installation), Role.APPROVER)
        answer = browser.post(PATH.format("same"), source="cases", number="50")
    assert answer.status_code == 422
    assert any(CATALOGUE[code].fa in answer.text for code in CATALOGUE if code.startswith("source."))


def test_a_source_without_notices_says_so(fresh_folder: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(fresh_folder, tmp_path / "fresh")
    with closing(Installation.of(folder / "gateway.toml")) as installation:
        act = OperatorAction(name="mapping.import", account="maker", reason="draft", at=installation.clock())
        version_actions.import_version(installation.store(), TEXT.encode(), "case-view-1", "columns", act, "gateway")
        page = Past(installation, folder).page("case-view-1")
    assert "No notice came from this source yet." in page
