"""Before a version is submitted, approved or put in force: its difference from what is in force, and what it undoes."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from tests.console.real_people import Console, RealBrowser
from tests.console.sent_form import SentForm
from tests.console.version_acts import ADMINISTRATOR, APPROVER, asked, done, imported, view

pytestmark = pytest.mark.long

EDITOR = "/mappings/edit/cases"
FIELDS: dict[str, dict[str, Any]] = {
    "submit": {"source": ["cases"]},
    "approve": {},
    "activate": {"source": ["cases"], "when": "now"},
}
CITY = {"n.recipient.city:from": "district"}
PROVINCE = {"n.recipient.province:value": "تهران"}


@pytest.fixture
def editor(console: Console) -> RealBrowser:
    return english(console.member("maryam", ADMINISTRATOR))


@pytest.fixture
def approver(console: Console) -> RealBrowser:
    return english(console.member("reza", APPROVER))


def english(browser: RealBrowser) -> RealBrowser:
    browser.speak("en")
    return browser


def saved(editor: RealBrowser, beginning: str, texts: dict[str, str]) -> str:
    """Type texts into the form as it was when it was opened, save it, and return where that leads."""
    form = SentForm.of(beginning) | texts | {"act": "save", "reason": "نامه"}
    answer = editor.client.post(EDITOR, data=form, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 302, answer.text[-3000:]
    return answer.headers["Location"]


def act(browser: RealBrowser, path: str, name: str) -> None:
    done(browser, f"{path}/{name}", reason="نامه", **FIELDS[name])


def approved(editor: RealBrowser, approver: RealBrowser, path: str) -> None:
    act(editor, path, "submit")
    act(approver, path, "approve")


def words(page: str) -> str:
    """Return the text of a page's contents, without marks of direction."""
    text = unescape(re.sub(r"<[^>]+>", "", page.partition("<main")[2]))
    return re.sub(r"\s+", " ", re.sub(r"[\u2066-\u2069]", "", text))


def test_the_first_version_is_compared_with_the_file(editor: RealBrowser, approver: RealBrowser) -> None:
    """Also one whose mapping was renamed in the form: each page shows what differs, and from where it was begun."""
    for names, number in (({}, 1), ({"h:name": "another"}, 2)):
        address = saved(editor, editor.page(EDITOR), CITY | names)
        path = address.partition("?")[0]
        assert "recipient: city" in words(editor.page(address)).split("Differences from another version")[1]
        for browser, name in ((editor, "submit"), (approver, "approve"), (editor, "activate")):
            form = browser.page(f"{path}/{name}")
            found = words(form)
            assert "Begun from the file of the configuration." in found
            assert f"In force for cases: the file of the configuration. Differences from it: {number}." in found
            assert "recipient: city" in found.split("What differs")[1]
            [link] = re.findall(r'href="([^"]*against=[^"]*)"', form)
            assert "recipient: city" in words(browser.page(unescape(link)))
            preview = words(asked(browser, f"{path}/{name}", reason="نامه", **FIELDS[name]).text)
            assert f"Differences from it: {number}." in preview
            act(browser, path, name) if name != "activate" else None


def test_a_draft_that_undoes_the_change_in_force_says_so(editor: RealBrowser, approver: RealBrowser) -> None:
    """Two people began from the file; the change of the first is in force, and the second one's version lacks it."""
    beginning = editor.page(EDITOR)
    first, second = (saved(editor, beginning, texts).partition("?")[0] for texts in (CITY, PROVINCE))
    approved(editor, approver, first)
    act(editor, first, "activate")
    warning = (
        "case-view-1@2 was begun from the file of the configuration, but case-view-1@1 is in force for cases. "
        "Changes of case-view-1@1 are undone unless they stand in case-view-1@2, too."
    )
    for browser, name in ((editor, "submit"), (approver, "approve"), (editor, "activate")):
        form = words(browser.page(f"{second}/{name}"))
        assert warning in form
        assert "recipient: city removed" in form
        assert warning in words(asked(browser, f"{second}/{name}", reason="نامه", **FIELDS[name]).text)
        act(browser, second, name) if name != "activate" else None
    third = saved(editor, editor.page(EDITOR), PROVINCE).partition("?")[0]
    assert "Begun from case-view-1@1." in words(editor.page(f"{third}/submit"))
    assert "are undone" not in words(editor.page(f"{third}/submit"))


def test_an_approved_change_that_is_not_in_force_yet_is_not_forgotten(
    editor: RealBrowser, approver: RealBrowser
) -> None:
    beginning = editor.page(EDITOR)
    first, second = (saved(editor, beginning, texts).partition("?")[0] for texts in (CITY, PROVINCE))
    assert "was approved last" not in words(editor.page(f"{second}/submit"))
    approved(editor, approver, first)
    act(editor, second, "submit")
    warning = "case-view-1@1 was approved last, and case-view-1@2 was not begun from it."
    assert warning in words(approver.page(f"{second}/approve"))
    assert warning in words(asked(approver, f"{second}/approve", reason="نامه").text)
    act(approver, second, "approve")
    assert "was approved last" not in words(editor.page(f"{second}/activate"))
    assert "case-view-1@2 was approved last" in words(editor.page(f"{first}/activate"))
    further = saved(editor, editor.page(f"{EDITOR}?from=case-view-1@2"), CITY).partition("?")[0]
    assert "was approved last" not in words(editor.page(f"{further}/submit"))


def test_a_version_that_came_as_a_file_is_compared_too(editor: RealBrowser) -> None:
    path = imported(editor, view("district-5"))
    editor.speak("fa")
    found = words(editor.page(f"{path}/submit"))
    assert "ثبت نشده که بر پایه کدام نسخه ساخته شده است" in found
    assert "نسخه جاری برای cases: فایل پیکربندی. تعداد تفاوت‌ها با آن: ۱." in found


@pytest.mark.parametrize("against", ["sources/nowhere", "judiciary/sandbox", "nobody@1", "@", "sources/", "eblagh@x"])
def test_a_comparison_with_what_is_not_there_is_404(editor: RealBrowser, against: str) -> None:
    path = imported(editor, view("district-5"))
    assert editor.get(f"{path}?against={against}").status_code == 404
    assert editor.get(f"{path}?against=sources/cases").status_code == 200
    assert editor.get(f"{path}?against=district-5@1").status_code == 200
