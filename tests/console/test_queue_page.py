"""Queue, doubts and quarantine: numbers that lead to their notices, doubts in words, and octets that stay octets."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest

from adapters.console.pages.work import doubts_page, queue_page
from gateway.notice.notice import sha256
from gateway.notice.outbox import OutboxEntry
from gateway.overview.doubts.doubt_explained import explain_doubt
from gateway.overview.doubts.doubt_kind import CERTAINTIES, Certainty
from gateway.people.permissions import Role
from gateway.store.stored import HistoryEvent
from tests.console.signed_in import Visitor
from tests.console.troubled import FORGED, Troubled

Visit = Callable[..., Visitor]

DIGEST = sha256(FORGED)


def references(page: str) -> set[str]:
    return set(re.findall(r"EB-[A-Z0-9]{32}", page))


def test_each_cell_leads_to_its_notices(visit_troubled: Visit) -> None:
    """The number of a cell is the number of the notices behind it."""
    visitor = visit_troubled(Role.OPERATOR, language="en")
    page = visitor.page("/queue")
    cells = re.findall(r'<td class="amount[^"]*"><a href="([^"]+)"[^>]*>(\d+)</a>', page)
    assert len(cells) > 5
    for address, count in cells:
        assert len(references(visitor.page(address.replace("&amp;", "&")))) == int(count), address


def test_the_table_of_ages_needs_no_colour(visit_troubled: Visit) -> None:
    page = visit_troubled(Role.AUDITOR).page("/queue")
    assert 'class="amount heat-1"' in page
    assert 'aria-label="نامعلوم، ۴ ساعت تا ۱ روز: ۳ ابلاغیه"' in page
    assert '<section id="ages" data-refresh="15">' in page


def test_pages_of_a_cell_follow_a_key(visit_troubled: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = visit_troubled(Role.OPERATOR, language="en")
    every = references(visitor.page("/queue/notices?state=QUEUED"))
    monkeypatch.setattr(queue_page, "PAGE", 2)
    address: str | None = "/queue/notices?state=QUEUED"
    seen: list[str] = []
    while address is not None:
        page = visitor.page(address)
        seen += sorted(references(page.split("<table>")[1].split("</table>")[0]))
        before, more, _ = page.partition('" rel="next"')
        address = before.rpartition('href="')[2].replace("&amp;", "&") if more else None
    assert sorted(seen) == sorted(every)
    assert len(every) > 2


def test_a_wrong_cell_is_no_page(visit_troubled: Visit) -> None:
    visitor = visit_troubled(Role.OPERATOR)
    assert visitor.get("/queue/notices").headers["Location"] == "/queue"
    for address in ("/queue/notices?state=LOST", "/queue/notices?state=QUEUED&age=2y"):
        visitor.page(address, 404)
    assert "دیگر ابلاغیه‌ای در اینجا نیست" in visitor.page("/queue/notices?state=QUEUED&destination=elsewhere%00")


def test_proven_absence_and_ignorance_are_never_one_list(visit_troubled: Visit, troubles: Troubled) -> None:
    visitor = visit_troubled(Role.OPERATOR, language="en")
    found = {each: references(visitor.page(f"/queue/doubts/list/{each}")) for each in Certainty}
    of = troubles.notices
    assert found == {
        Certainty.ABSENT: {of["absent"], of["absent-other"]},
        Certainty.UNTOLD: {of["untold"]},
        Certainty.ASKED: {of["forged"]},
    }
    page = visitor.page("/queue/doubts")
    for each in Certainty:
        part = page.split(f'<section id="{each}"')[1].split("</section>")[0]
        assert CERTAINTIES[each].en in part
        assert references(part) == found[each]
    visitor.page("/queue/doubts/list/both", 404)


def test_a_doubt_says_what_each_decision_would_mean(visit_troubled: Visit, troubles: Troubled) -> None:
    visitor = visit_troubled(Role.OPERATOR, language="en")
    absent = visitor.page(f"/queue/doubts/{troubles.notices['absent']}")
    assert "the judiciary answered twice that it does not know it" in absent
    assert "so it is not served twice" in absent
    untold = visitor.page(f"/queue/doubts/{troubles.notices['untold']}")
    assert "If it did arrive, it is served twice" in untold
    assert "Inquiries: " in untold
    for page in (absent, untold):
        assert [page.count(f">{name}</label>") for name in ("Send it again", "Withdraw it")] == [1, 1]


def test_a_decision_that_is_not_possible_yet_says_from_when(
    visit_troubled: Visit, troubles: Troubled, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The settling time of a demonstration is over at once; with a real one a message may still arrive."""

    def explained(entry: OutboxEntry, history: Sequence[HistoryEvent], _: timedelta, now: datetime, **others: bool):  # type: ignore[no-untyped-def]
        return explain_doubt(entry, history, timedelta(days=1), now, **others)

    monkeypatch.setattr(doubts_page, "explain_doubt", explained)
    page = visit_troubled(Role.OPERATOR, language="en").page(f"/queue/doubts/{troubles.notices['forged']}")
    assert page.count("Not possible now: ") == 2
    assert page.count("Possible from <time") == 2


def test_what_is_not_in_doubt_has_no_page_of_doubt(visit_troubled: Visit, troubles: Troubled) -> None:
    visitor = visit_troubled(Role.OPERATOR)
    arrived = troubles.notices["arrived"]
    assert visitor.get(f"/queue/doubts/{arrived}").headers["Location"] == f"/notices/{arrived}"
    visitor.page("/queue/doubts/EB-UNKNOWN", 404)


def test_an_item_of_the_quarantine_is_explained(visit_troubled: Visit) -> None:
    visitor = visit_troubled(Role.OPERATOR, language="en")
    page = visitor.page("/queue/quarantine")
    assert page.count('<a href="/queue/quarantine/sha256:') == 2
    assert f"/queue/quarantine/{DIGEST}" in page
    only = visitor.page("/queue/quarantine?code=verify.signature")
    assert only.count('<a href="/queue/quarantine/sha256:') == 1
    item = visitor.page(f"/queue/quarantine/{DIGEST}")
    assert "Nothing rests on it." in item
    assert "verify.signature" in item
    assert "script" not in item.split("<main")[1], "the octets are on no page but their own"
    visitor.page("/queue/quarantine/sha256:unknown", 404)
    visitor.page("/queue/quarantine/%00", 404)


def test_octets_are_shown_as_text_and_saved_as_they_came(visit_troubled: Visit) -> None:
    visitor = visit_troubled(Role.OPERATOR)
    text = visitor.page(f"/queue/quarantine/{DIGEST}/text")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "<script>alert" not in text
    file = visitor.get(f"/queue/quarantine/{DIGEST}/octets")
    assert file.data == FORGED
    assert file.headers["Content-Type"] == "application/octet-stream"
    assert file.headers["Content-Disposition"].startswith("attachment; filename=")


def test_opening_octets_is_evidence_once_for_each_session(visit_troubled: Visit, troubles: Troubled) -> None:
    """The record names the person by an opaque id; the login is in the payload alone."""
    store, visitor = troubles.installation.store(), visit_troubled(Role.AUDITOR, {"alone"})
    id = f"act:quarantine.open:{DIGEST}:session-of-{Role.AUDITOR}@alone"
    visitor.page(f"/queue/quarantine/{DIGEST}")
    assert store.evidence.record(id) is None, "an explanation opens nothing"
    visitor.page(f"/queue/quarantine/{DIGEST}/text")
    visitor.get(f"/queue/quarantine/{DIGEST}/octets")
    record = store.evidence.record(id)
    assert record is not None
    assert record.notice is None
    assert b"auditor-1" not in record.header
    told = json.loads(store.evidence.payload(record.payload_digest))
    assert (told["account"], told["subject"]) == ("auditor-1", DIGEST)


@pytest.mark.parametrize("path", ["/queue", "/queue/doubts", "/queue/quarantine", f"/queue/quarantine/{DIGEST}/octets"])
def test_these_pages_are_closed_to_those_who_see_own_bodies_only(visit_troubled: Visit, path: str) -> None:
    for role in (Role.COMMISSION_SECRETARY, Role.HEAD_OF_COMMISSION, Role.SECURITY_OFFICER):
        visit_troubled(role).page(path, 403)


def test_empty_states_say_what_they_mean(visit_fresh: Visit) -> None:
    visitor = visit_fresh(Role.OPERATOR, language="en")
    assert "Nothing waits." in visitor.page("/queue")
    assert visitor.page("/queue/doubts").count("No notice is in this list.") == 3
    assert "Nothing is in quarantine." in visitor.page("/queue/quarantine")
