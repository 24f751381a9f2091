"""Acts on many notices in the console: for whom, on which, what is said before, and what is shown after."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from html import unescape

import pytest

from adapters.composition.installation import Installation
from adapters.composition.tasks import tasks
from adapters.console.pages.bulk import bulk_page
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.outbox import SENDABLE, OutboxEntry
from gateway.overview.notices.bulk_words import ENDS, HARMS, OUTCOMES
from gateway.runtime.errors import CATALOGUE
from gateway.runtime.may_continue import MayContinue, always
from gateway.store.bulk_act import BulkAct, BulkDeed, BulkEnd
from tests.conformance.builders import admission, entry, intake
from tests.console.real_people import Console, RealBrowser
from tests.passes.bulk import only

OWN, OTHER = "article-100", "article-77"
S = DeliveryState
STATES = (S.QUEUED, S.QUEUED, S.DEAD_LETTER, S.SUBMITTED, S.WITHDRAWN, S.QUEUED)


PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


def refs(entries: Sequence[OutboxEntry]) -> list[str]:
    return [each.reference for each in entries]


def admitted(installation: Installation, states: Sequence[DeliveryState], body: str, first: int) -> list[OutboxEntry]:
    """Admit a notice in each of these states; the last one is held."""
    made = []
    for number, state in enumerate(states, first):
        present = entry(number, state=state, held=number == first + len(states) - 1)
        changes = intake(present)
        installation.store().commit(
            replace(changes, admissions=[admission(present, body=body, case_number=f"1404/{number}")])
        )
        made.append(present)
    return made


@pytest.fixture
def own(console: Console) -> list[OutboxEntry]:
    """Six notices of the own body, and three of another one."""
    admitted(console.installation, [S.QUEUED] * 3, OTHER, 100)
    return admitted(console.installation, STATES, OWN, 1)


@pytest.fixture
def operator(console: Console) -> RealBrowser:
    return console.member("operator-1", "operator")


@pytest.fixture
def secretary(console: Console) -> RealBrowser:
    return console.member("secretary-1", "commission-secretary", bodies=(OWN,))


def run(console: Console, may_continue: MayContinue = always) -> None:
    [task] = tasks(console.installation, ["acts"])
    task.run(may_continue)


def drafted(browser: RealBrowser, deed: BulkDeed, search: str = "") -> str:
    """Choose an act on a search; return the address of its dry run."""
    form = f"/notices/acts/new?{search}"
    hidden = re.findall(r'<input type="hidden" name="([a-z]+)" value="([^"]*)">', browser.page(form))
    fields = {name: unescape(value) for name, value in hidden if name != "csrf"}
    answer = browser.post(form, "/notices/acts/new", deed=deed.value, reason="نامه ۱۲۳", **fields)
    assert answer.status_code == 302, answer.text[-2000:]
    return answer.headers["Location"]


def begun(browser: RealBrowser, deed: BulkDeed, search: str = "") -> str:
    address = drafted(browser, deed, search)
    answer = browser.post(address, f"{address}/begin", reason="another one")
    assert answer.headers["Location"] == address
    return address


def act_of(console: Console, address: str) -> BulkAct:
    found = console.installation.store().bulk_acts.get(address.rpartition("/")[2])
    assert found is not None
    return found


def facts(page: str) -> dict[str, str]:
    """Return the facts of a page, without marks."""
    found = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page, re.DOTALL)
    return {name: re.sub(r"<[^>]+>", "", value).strip() for name, value in found}


def table(page: str, id: str) -> list[list[str]]:
    body = re.search(rf'aria-labelledby="{id}">.*?<tbody>(.*?)</tbody>', page, re.DOTALL)
    rows = re.findall(r"<tr>(.*?)</tr>", body[1], re.DOTALL) if body else []
    return [
        [re.sub(r"<[^>]+>", "", each).strip() for each in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)]
        for row in rows
    ]


def test_the_list_leads_to_acts_on_all_that_match_for_those_who_may(
    console: Console, own: list[OutboxEntry], operator: RealBrowser, secretary: RealBrowser
) -> None:
    """With the number of notices of the own bodies, and with the filters of the address."""
    for browser, number in ((operator, "۹"), (secretary, "۶")):
        assert f"اقدام درباره هر {number} ابلاغیه" in browser.page("/notices")
    page = secretary.page("/notices?state=QUEUED")
    assert "اقدام درباره هر ۳ ابلاغیه" in page
    assert 'href="/notices/acts/new?state=QUEUED"' in page
    assert "۳ ابلاغیه با جست‌وجوی شما" in secretary.page("/notices/acts/new?state=QUEUED")
    assert "اقدام درباره" not in secretary.page(f"/notices?body={OTHER}")
    head = console.member("head-1", "head-of-commission", bodies=(OWN,))
    assert "/notices/acts/new" not in head.page("/notices")
    assert head.get("/notices/acts/new").status_code == 403


def test_a_long_list_is_not_counted_to_its_end(
    own: list[OutboxEntry], operator: RealBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(own) > 4
    monkeypatch.setattr("adapters.console.pages.notices.notices_page.COUNTED_IN_LIST", 4)
    assert "دست‌کم ۴ ابلاغیه" in operator.page("/notices")


def test_the_dry_run_says_what_would_be_done(console: Console, own: list[OutboxEntry], secretary: RealBrowser) -> None:
    address = drafted(secretary, BulkDeed.HOLD)
    page = secretary.page(address)
    possible = [each for each in own if each.state in SENDABLE and not each.held]
    already = [each for each in own if each.held]
    told = facts(page)
    assert told["تغییر می‌کند"] == str(len(possible)).translate(PERSIAN)
    assert told["از پیش چنین است"] == str(len(already)).translate(PERSIAN)
    assert told["تغییرپذیر نیست"] == str(len(own) - len(possible) - len(already)).translate(PERSIAN)
    assert HARMS[BulkDeed.HOLD].fa in page
    by_state = Counter(each.state for each in own)
    assert [row[1] for row in table(page, "states")] == [
        str(by_state[state]).translate(PERSIAN) for state in DeliveryState if by_state[state]
    ]
    reasons = table(page, "impossible")
    assert {row[0] for row in reasons} == {CATALOGUE["queue.state"].fa}
    assert [row[3] for row in table(page, "samples")] == [OUTCOMES["held"].fa] * len(possible)
    record = unescape(re.search(r'<pre class="octets"[^>]*>(.*?)</pre>', page, re.DOTALL)[1])  # type: ignore[index]
    for part in ('"act": "queue.hold"', '"account": "secretary-1"', '"reason": "نامه ۱۲۳"', address.rpartition("/")[2]):
        assert part in record
    # Nothing is done, even if the pass runs.
    run(console)
    assert not any(each.held for each in console.installation.store().notices.entries(refs(possible)).values())
    assert secretary.get("/notices/acts").text.count(address) == 0


def test_what_is_begun_is_done_and_shown(console: Console, own: list[OutboxEntry], secretary: RealBrowser) -> None:
    address = begun(secretary, BulkDeed.HOLD, "state=QUEUED")
    page = secretary.page(address)
    assert 'data-refresh="3"' in page
    assert 'max="2" value="0"' in page
    assert f"{address}/stop" in page
    run(console)
    page = secretary.page(address)
    assert 'max="2" value="2"' in page
    assert "data-refresh" not in page
    assert f"{address}/stop" not in page
    assert ENDS[BulkEnd.DONE].fa in page
    assert facts(page)[OUTCOMES["held"].fa] == "۲"
    assert act_of(console, address).reason == facts(page)["علت"] == "نامه ۱۲۳"
    answer = secretary.get(f"{address}/list.csv")
    rows = list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
    queued = [each for each in own if each.state is S.QUEUED and not each.held]
    assert [row[0] for row in rows[1:]] == refs(queued)
    assert {row[2] for row in rows[1:]} == {OUTCOMES["held"].fa}
    assert all(re.fullmatch(r"1[34]\d\d/\d\d/\d\d \d\d:\d\d", row[4]) for row in rows[1:]), "Jalali, in Tehran"
    assert address in secretary.page("/notices/acts")
    # Whoever began it twice began it once.
    assert secretary.post("/notices/acts/new", f"{address}/begin", reason="again").status_code == 302


def test_a_failure_is_shown_with_its_reason(console: Console, own: list[OutboxEntry], secretary: RealBrowser) -> None:
    address = begun(secretary, BulkDeed.WITHDRAW, "state=QUEUED")
    console.act("queue.withdraw", references=[own[0].reference])
    run(console)
    page = secretary.page(address)
    assert [row[0] for row in table(page, "failures")] == [CATALOGUE["bulk.moved"].fa]
    rows = list(csv.reader(io.StringIO(secretary.get(f"{address}/list.csv").get_data().decode("utf-8-sig"))))
    assert [row[3] for row in rows if row[0] == own[0].reference] == [CATALOGUE["bulk.moved"].fa]


def test_a_stop_wants_a_reason_and_is_shown(console: Console, own: list[OutboxEntry], secretary: RealBrowser) -> None:
    address = begun(secretary, BulkDeed.HOLD)
    refused = secretary.post(address, f"{address}/stop", reason=" ")
    assert refused.status_code == 422
    assert act_of(console, address).runs
    assert secretary.post(address, f"{address}/stop", reason="اشتباه بود").status_code == 302
    page = secretary.page(address)
    assert ENDS[BulkEnd.STOPPED].fa in page
    assert "اشتباه بود" in page
    run(console)
    assert not any(each.held for each in console.installation.store().notices.entries(refs(own[:5])).values())
    again = secretary.post("/notices/acts/new", f"{address}/stop", reason="again")
    assert again.status_code == 422
    assert CATALOGUE["bulk.ended"].fa in again.text


def test_an_act_on_another_body_has_no_address(
    console: Console, own: list[OutboxEntry], operator: RealBrowser, secretary: RealBrowser
) -> None:
    """A secretary sees neither the acts on another body, nor those on several with the own one among them."""
    foreign, both = begun(operator, BulkDeed.HOLD, f"body={OTHER}"), begun(operator, BulkDeed.HOLD)
    mine = begun(operator, BulkDeed.RETRY, f"body={OWN}")
    assert act_of(console, both).bodies == {OWN, OTHER}
    for address in (foreign, both):
        assert secretary.get(address).status_code == 404
        assert secretary.get(f"{address}/list.csv").status_code == 404
        for deed in ("begin", "stop", "discard"):
            answer = secretary.post("/notices/acts/new", f"{address}/{deed}", reason="x")
            assert answer.status_code == 404, deed
        assert act_of(console, address).runs
    page = secretary.page("/notices/acts")
    assert [address in page for address in (foreign, both, mine)] == [False, False, True]
    assert secretary.post(mine, f"{mine}/stop", reason="کار ماست").status_code == 302


def test_a_secretary_cannot_choose_notices_of_another_body(
    console: Console, own: list[OutboxEntry], secretary: RealBrowser
) -> None:
    assert len(own) == 6
    fields = {"deed": "hold", "reason": "x", "body": OTHER}
    answer = secretary.post("/notices/acts/new", "/notices/acts/new", **fields)
    assert answer.status_code == 422
    assert CATALOGUE["bulk.none"].fa in answer.text
    address = drafted(secretary, BulkDeed.HOLD)
    assert act_of(console, address).bodies == {OWN}


def test_a_draft_is_its_persons_alone(
    console: Console, own: list[OutboxEntry], operator: RealBrowser, secretary: RealBrowser
) -> None:
    assert own
    address = drafted(secretary, BulkDeed.HOLD)
    assert operator.get(address).status_code == 404
    assert operator.post("/notices/acts/new", f"{address}/begin", reason="x").status_code == 404
    console.clock.advance(minutes=61)
    secretary.sign_in("secretary-1")
    page = secretary.page(address)
    assert f"{address}/begin" not in page
    refused = secretary.post(address, f"{address}/begin", reason="x")
    assert refused.status_code == 422
    assert CATALOGUE["bulk.expired"].fa in refused.text
    assert secretary.post(address, f"{address}/discard").headers["Location"] == "/notices"
    assert secretary.get(address).status_code == 404


def test_what_is_missing_in_the_form_is_said_there(own: list[OutboxEntry], operator: RealBrowser) -> None:
    assert own
    for fields, code in (({"deed": "hold"}, "bulk.reason"), ({"deed": "decide", "reason": "x"}, "bulk.deed")):
        answer = operator.post("/notices/acts/new", "/notices/acts/new", **fields)
        assert answer.status_code == 422
        assert CATALOGUE[code].fa in answer.text
    # A star alone would be every notice.
    answer = operator.post("/notices/acts/new", "/notices/acts/new", deed="withdraw", reason="x", name="*")
    assert answer.status_code == 422
    assert CATALOGUE["bulk.none"].fa in answer.text
    assert operator.get("/notices/acts/new?name=*").headers["Location"] == "/notices?name=%2A"
    # What a filter cannot be is said in the list itself.
    assert operator.get("/notices/acts/new?from=yesterday").headers["Location"] == "/notices?from=yesterday"


def test_too_many_are_refused_with_what_to_do(
    own: list[OutboxEntry], operator: RealBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(own) > 4
    monkeypatch.setattr(bulk_page, "MOST", 4)
    page = operator.page("/notices/acts/new")
    assert "دست‌کم ۴ ابلاغیه" in page
    assert 'name="deed"' not in page


def test_it_goes_on_while_everything_is_stopped(
    console: Console, own: list[OutboxEntry], secretary: RealBrowser
) -> None:
    """As a single act does: a person stops everything, holds what must not go out, and lets the rest go on."""
    [task] = tasks(console.installation, ["acts"])
    assert task.though_stopped
    console.act("stop-everything")
    begun(secretary, BulkDeed.HOLD)
    task.run(always)
    held = console.installation.store().notices.entries(refs(own))
    assert sum(each.held for each in held.values()) == 4


def test_an_auditor_sees_all_and_stops_nothing(console: Console, own: list[OutboxEntry], operator: RealBrowser) -> None:
    assert own
    address = begun(operator, BulkDeed.HOLD)
    auditor = console.member("auditor-1", "auditor")
    run(console, only(2))
    page = auditor.page(address)
    assert f"{address}/stop" not in page
    assert "/audit/records/" in page
    assert auditor.post("/account", f"{address}/stop", reason="x").status_code == 403


def test_the_list_of_acts_goes_page_by_page(
    console: Console, own: list[OutboxEntry], operator: RealBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert own
    made = []
    for _ in range(3):
        made.append(begun(operator, BulkDeed.RETRY, "state=DEAD_LETTER"))
        console.clock.advance(seconds=1)
    monkeypatch.setattr(bulk_page, "PAGE", 2)
    page = operator.page("/notices/acts")
    assert [address in page for address in made] == [False, True, True]
    further = re.search(r'<a href="([^"]+)" rel="next">', page)
    assert further is not None
    second = operator.page(unescape(further[1]))
    assert [address in second for address in made] == [True, False, False]
