"""Claim, comment and hand over by the pages; saved views. Every person sees the own work first."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from gateway.notice.delivery_state import DeliveryState
from gateway.operations.notice_work import is_work
from gateway.runtime.clock import system_clock
from tests.console.real_people import TOKEN, Console, RealBrowser, real_console
from tests.console.signed_in import BODY
from tests.manual_clock import ManualClock


@pytest.fixture(scope="module")
def console(lived_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """Return a console of its own over notices that went their way."""
    folder = tmp_path_factory.mktemp("worked") / "copy"
    shutil.copytree(lived_folder, folder)
    clock = ManualClock(system_clock() + timedelta(hours=1))
    with real_console(folder / "gateway.toml", clock) as opened:
        yield opened


@pytest.fixture(scope="module")
def waiting(console: Console) -> list[str]:
    """Return the references of notices of the own body that wait for a person."""
    found = console.installation.store().worklist.waiting(frozenset({BODY}), "nobody", show=50, up_to=100)
    assert len(found.free) >= 3
    return [each.entry.reference for each in found.free]


@pytest.fixture(scope="module")
def arrived(console: Console) -> str:
    """Return the reference of a notice of the own body that waits for nobody."""
    store = console.installation.store()
    found = store.notices.find(state=DeliveryState.VIEWED, limit=100, after=None)
    return next(each.entry.reference for each in found if each.body == BODY)


@pytest.fixture(scope="module")
def sara(console: Console) -> RealBrowser:
    return english(console.member("sara", "commission-secretary", bodies=(BODY,)))


@pytest.fixture(scope="module")
def reza(console: Console) -> RealBrowser:
    return english(console.member("reza", "operator"))


@pytest.fixture(scope="module")
def mina(console: Console) -> RealBrowser:
    return english(console.member("mina", "commission-secretary", bodies=("article-77",)))


_REFERENCE = re.compile("/(EB-[A-Z0-9]+)")


def english(browser: RealBrowser) -> RealBrowser:
    browser.client.set_cookie("eblagh-language", "en")
    return browser


def press(browser: RealBrowser, path: str, **fields: str) -> tuple[int, str]:
    """Send a form with the token of the person's own page; return the status, and the text or the address."""
    found = TOKEN.search(browser.page("/").partition("<main")[2]) or TOKEN.search(browser.page("/account"))
    assert found is not None
    browser.console.clock.advance(seconds=1)
    answer = browser.send(path, csrf=found[1], **fields)
    return answer.status_code, answer.headers.get("Location") or answer.text


def parts(browser: RealBrowser) -> tuple[list[str], list[str], list[str]]:
    """Return the cases of the three lists of Today: mine, nobody's, others'."""
    page = browser.page("/").partition('<h2 id="waiting">')[2]
    mine = re.search(r'<h3 id="mine">.*?</ol>', page, re.DOTALL)
    free = re.search(r'<h3 id="free">.*?</ol>', page, re.DOTALL)
    others = re.search(r"Claimed by others.*?</ol>", page, re.DOTALL)
    assert [each.start() for each in (mine, free, others) if each] == sorted(
        each.start() for each in (mine, free, others) if each
    )
    found = [list(dict.fromkeys(_REFERENCE.findall(each[0]))) if each else [] for each in (mine, free, others)]
    return found[0], found[1], found[2]


def release(browser: RealBrowser, reference: str) -> None:
    assert press(browser, f"/notices/{reference}/unclaim")[0] == 302


def test_today_has_the_own_work_first_then_nobodys_then_others(
    waiting: list[str], sara: RealBrowser, reza: RealBrowser, mina: RealBrowser
) -> None:
    assert parts(sara) == ([], waiting, [])
    assert parts(sara)[1] == [each for each in parts(reza)[1] if each in waiting], "the oldest first, for everybody"
    reference = waiting[1]
    assert press(sara, f"/notices/{reference}/claim", back="today") == (302, "/#waiting")
    assert parts(sara) == ([reference], [each for each in waiting if each != reference], [])
    assert parts(reza)[0] == []
    assert parts(reza)[2] == [reference]
    assert reference not in mina.page("/"), "she does not see this body"
    page = reza.page("/")
    assert "Claimed by <bdi>زهرا کریمی</bdi>." in page
    assert f'action="/notices/{reference}/claim"' not in page, "others' rows have no button"
    assert f'action="/notices/{waiting[0]}/claim"' in page
    release(sara, reference)
    assert parts(sara) == ([], waiting, [])


def test_the_other_one_is_told_and_may_act_all_the_same(
    waiting: list[str], sara: RealBrowser, reza: RealBrowser
) -> None:
    reference = waiting[0]
    assert press(sara, f"/notices/{reference}/claim")[1] == f"/notices/{reference}#work"
    status, page = press(reza, f"/notices/{reference}/claim")
    assert status == 422
    assert "another person has claimed this notice" in page
    assert "Claimed by <bdi>زهرا کریمی</bdi>." in page
    assert "A claim keeps nobody from an act" in page
    release(sara, reference)


def test_a_hand_over_arrives_with_its_comment(waiting: list[str], sara: RealBrowser, reza: RealBrowser) -> None:
    reference = waiting[0]
    press(sara, f"/notices/{reference}/claim")
    page = sara.page(f"/notices/{reference}")
    choice = re.search(r'<select id="to".*?</select>', page, re.DOTALL)
    assert choice is not None
    assert 'value="reza"' in choice[0]
    assert 'value="mina"' not in choice[0], "she may not act on notices of this body"
    said = "لطفاً تماس بگیرید\r\n<b>فوری</b>"
    assert press(sara, f"/notices/{reference}/hand-over", to="reza", reason=said)[0] == 302
    assert parts(reza)[0] == [reference]
    assert parts(sara)[2] == [reference]
    page = reza.page(f"/notices/{reference}")
    assert "You have claimed this notice." in page
    assert "handed over by <bdi>زهرا کریمی</bdi>" in page
    assert "لطفاً تماس بگیرید\n&lt;b&gt;فوری&lt;/b&gt;" in page
    release(reza, reference)


def test_a_notice_goes_to_nobody_who_may_not_act_on_it(
    console: Console, waiting: list[str], arrived: str, sara: RealBrowser, reza: RealBrowser, mina: RealBrowser
) -> None:
    reference = waiting[0]
    for to in ("mina", "nobody", ""):
        status, page = press(sara, f"/notices/{reference}/hand-over", to=to, reason="توضیح")
        assert status == 422
        assert "توضیح</textarea>" in page, "the typed text is not lost"
    assert mina.get(f"/notices/{reference}").status_code == 404
    for name in ("claim", "unclaim", "hand-over", "comment"):
        assert press(mina, f"/notices/{reference}/{name}", to="mina", reason="x")[0] == 404
    # A button of a page that was loaded long ago: the notice waits for nobody by now.
    status, page = press(reza, f"/notices/{arrived}/claim")
    assert status == 422
    assert "waits for nobody any more" in page
    assert console.installation.store().claims.standing(reference).claim is None


def test_a_comment_stands_on_the_page_with_its_person(
    console: Console, arrived: str, sara: RealBrowser, reza: RealBrowser
) -> None:
    assert press(sara, f"/notices/{arrived}/comment", reason="با مالک صحبت شد")[0] == 302
    page = reza.page(f"/notices/{arrived}")
    work = page.partition('<h2 id="work">')[2].partition("<h2")[0]
    assert "<bdi>زهرا کریمی</bdi>" in work
    assert page.count("با مالک صحبت شد") == work.count("با مالک صحبت شد") == 1, "it is in no timeline"
    status, page = press(sara, f"/notices/{arrived}/comment", reason="ع" * 2001)
    assert status == 422
    assert "ع" * 2001 in page
    assert press(sara, f"/notices/{arrived}/comment", reason="  ")[0] == 422
    store = console.installation.store()
    rows = [row for row in store.evidence.of_notice(arrived) if is_work(row)]
    assert [json.loads(store.evidence.payload(row.payload_digest))["account"] for row in rows] == ["sara"]


def test_whoever_may_not_act_has_no_form(console: Console, waiting: list[str]) -> None:
    auditor = english(console.member("rahim", "auditor"))
    page = auditor.page(f"/notices/{waiting[0]}")
    assert 'id="work"' in page
    assert "/claim" not in page + auditor.page("/")
    assert press(auditor, f"/notices/{waiting[0]}/claim")[0] == 403


def test_deactivation_frees_the_work(console: Console, waiting: list[str], reza: RealBrowser) -> None:
    leaving = console.member("leaving", "operator")
    assert press(leaving, f"/notices/{waiting[2]}/claim")[0] == 302
    assert parts(reza)[2] == [waiting[2]]
    console.act("person.deactivate", login="leaving")
    assert waiting[2] in parts(reza)[1]


def test_filters_are_saved_under_a_name(sara: RealBrowser, reza: RealBrowser) -> None:
    page = sara.page("/notices?state=REJECTED&district=5")
    found = re.search(r'name="filters" value="([^"]+)"', page)
    assert found is not None
    filters = found[1].replace("&amp;", "&")
    name = "ردشده‌های منطقه ۵"
    assert press(sara, "/notices/views", filters=filters, name=f" {name} ") == (302, f"/notices?{filters}")
    link = f'<a href="/notices?{found[1]}" aria-current="true"><bdi>{name}</bdi></a>'
    assert link in sara.page(f"/notices?{filters}")
    assert name not in reza.page("/notices") + reza.page("/notices/views")
    assert press(reza, "/notices/views/delete", name=name)[0] == 302
    assert press(sara, "/notices/views/rename", name=name, new_name="منطقه پنج")[0] == 302
    assert "منطقه پنج" in sara.page("/notices/views")
    status, page = press(sara, "/notices/views", filters="state=QUEUED", name="منطقه پنج")
    assert status == 422
    assert 'value="state=QUEUED"' in page, "the filters are not lost"
    assert press(sara, "/notices/views/rename", name="منطقه پنج", new_name="")[0] == 422
    assert press(sara, "/notices/views/delete", name="منطقه پنج")[0] == 302
    assert "You have saved no view." in sara.page("/notices/views")


@pytest.mark.parametrize(
    "filters",
    [
        "",
        "unknown=1",
        f"recipient={'a' * 16}-{'b' * 64}",
        "case=0012345679",
        f"paper={quote('۰۰۱۲۳۴۵۶۷۹')}&state=QUEUED",
        "from=tomorrow",
        f"name={'a' * 3000}",
    ],
)
def test_no_view_is_of_one_person_by_the_identifier(sara: RealBrowser, filters: str) -> None:
    status, page = press(sara, "/notices/views", filters=filters, name="نما")
    assert status == 422
    assert "cannot be saved" in page
    assert "12345679" not in page
    assert 'name="filters"' not in page
    if filters:
        assert "Save these filters" not in sara.page(f"/notices?{filters}")


def test_lists_by_reference_do_not_say_older() -> None:
    """Only a list that is the newest first has older ones on its next page."""
    templates = Path(__file__).parents[2] / "adapters/console/templates"
    said = {file.name for file in templates.rglob("*.html") if 'm.further(further, _("Next ones"))' in file.read_text()}
    assert said == {"queue_notices.html", "doubt_list.html", "quarantine.html", "refused.html"}
