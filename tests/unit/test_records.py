"""Records are a table where no value is broken in it, and lines for each on a narrower screen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from rich.cells import cell_len

from adapters.cli.legal.outages_verb import _show
from adapters.cli.notices.quarantine import _whole
from adapters.cli.notices.queue_view import show_backlog, show_notices
from adapters.cli.notices.reconcile_view import FirstFindings
from adapters.cli.notices.reconcile_view import show as show_reconciled
from adapters.cli.service.endpoints import show_endpoints
from adapters.terminal.printing import Language, console, screen
from adapters.terminal.records import show_records
from gateway.judiciary.endpoint_status import EndpointView
from gateway.notice.delivery_state import DeliveryState
from gateway.reconciliation.finding import Discrepancy
from gateway.runtime.circuit_breaker import CircuitBreaker
from gateway.store.outage import EndpointOutage, Outages, ServiceGap
from gateway.store.stored import Backlog
from tests.conformance.builders import admission, entry

NOW = datetime(2026, 11, 29, 20, 10, 4, tzinfo=UTC)
DIGEST = "sha256:" + "0123456789abcdef" * 4
REFERENCE = "EB-2BIJDB75VLD5THBSPNKUQFDRA2FAWYIW"


@pytest.fixture(params=[80, 100, 160])
def width(request: pytest.FixtureRequest) -> Iterator[int]:
    before = console.width
    console.width = request.param
    yield request.param
    console.width, screen.language = before, Language.ENGLISH


def lines_of(shown: str, width: int) -> list[str]:
    lines = [line for line in shown.splitlines() if not line.startswith("- ")]  # sentences are whole on no terminal
    assert max(map(cell_len, lines)) <= width
    assert "…" not in shown
    return lines


@pytest.mark.parametrize("language", list(Language))
def test_outages_show_each_time_whole_with_its_name(width: int, language: Language) -> None:
    screen.language = language
    begin = datetime(2026, 11, 29, 20, tzinfo=UTC)
    found = Outages(
        begin=begin,
        end=NOW,
        measured_since=begin,
        gaps=[ServiceGap(since=begin, until=NOW, restored=True), ServiceGap(since=NOW, until=None, restored=False)],
        endpoints=[
            EndpointOutage(
                destination="sandbox",
                since=begin,
                failed_at=NOW,
                failures=9,
                code="courier.not-connected",
                over_at=NOW,
            )
        ],
    )
    with console.capture() as captured:
        _show(found, NOW)
    shown = captured.get()
    lines_of(shown, width)
    for time in ("1405-09-08 23:30:00", "1405-09-08 23:40:04"):
        assert shown.count(time) == (2 if time.endswith("00") else 4)
    for name in ("since", "first failed call", "last failed call", "first answer", "cause") if language == "en" else ():
        assert name in shown


def test_a_page_of_the_queue_breaks_no_value(width: int) -> None:
    present = replace(
        entry(1),
        reference=REFERENCE,
        state=DeliveryState.IN_DOUBT,
        due_at=NOW,
        serve_by=date(2026, 11, 28),
        attempts=12,
        held=True,
        code="courier.no-answer",
    )
    with console.capture() as captured:
        show_notices([admission(present)], {REFERENCE: "m.rezaei"}, NOW, as_json=False)
    shown = captured.get()
    lines_of(shown, width)
    for part in (REFERENCE, "1405-09-08 23:40:04", "1405-09-07", "12", "held", "m.rezaei", "courier.no-answer"):
        assert part in shown
    for name in ("claimed by", "tries", "serve by"):
        assert name in shown


def test_a_list_of_the_queue_is_persian_throughout(width: int) -> None:
    screen.language = Language.PERSIAN
    line = Backlog(
        destination="COURT",
        state=DeliveryState.IN_DOUBT,
        count=7,
        held=1,
        oldest=NOW - timedelta(hours=3),
        by_age=[1, 2, 0, 4, 0, 0, 0],
    )
    with console.capture() as captured:
        show_backlog([line], [], NOW, as_json=False)
    shown = captured.get()
    lines_of(shown, width)
    assert re.findall("[A-Za-z]{2,}", shown.replace("COURT", "")) == []
    assert "نامعلوم" in shown
    assert "3 ساعت" in shown


def test_a_finding_of_reconcile_keeps_its_digest(width: int) -> None:
    told = FirstFindings(9)
    told(Discrepancy(code="reconcile.receipt-not-believed", since=NOW, detail=f"verify.revoked: {DIGEST}"))
    told(Discrepancy(code="reconcile.result-unwritten", source="cases", row_key="article-100/1404-000015", since=NOW))
    done: Any = SimpleNamespace(
        scope=SimpleNamespace(ask="none", since=None, until=NOW, source=None),
        compared=dict.fromkeys(("rows", "notices", "receipts", "asked"), 1),
        unread=[],
        complete=True,
        errors=[],
        findings={"reconcile.receipt-not-believed": 1, "reconcile.result-unwritten": 1},
    )
    with console.capture() as captured:
        show_reconciled(done, told, None, as_json=False)
    shown = captured.get()
    for part in (DIGEST, "result-unwritten", "cases article-100/1404-000015", "1405-09-08 23:40:04"):
        assert part in shown


def test_a_record_of_a_narrow_screen_breaks_only_a_part_that_is_longer_than_a_line(width: int) -> None:
    columns = ("digest", ">calls", "received", "~why", "act")
    long = "a sentence of many words that goes on and on " * 4
    with console.capture() as captured:
        show_records("items", columns, [(DIGEST, "3", "1405-09-08 23:40:04", long, "–")])
    shown = captured.get()
    lines_of(shown, width)
    assert DIGEST in shown
    assert "1405-09-08 23:40:04" in shown
    assert " ".join(shown.split()).count("many words") == 4
    assert ("act" in shown) == (width == 160), "an empty value has no line of its own"


def test_an_endpoint_on_a_narrow_screen_keeps_each_part_whole() -> None:
    before, console.width = console.width, 80
    view = EndpointView(
        state="half-open",
        breaker=CircuitBreaker(destination="court", failures=12, code="seal.not-accepted", since=NOW),
        until=None,
        ration_used=0.4,
    )
    with console.capture() as captured:
        show_endpoints([view], NOW)
    console.width = before
    shown = captured.get()
    for part in ("failures: 12 since 1405-09-08 23:40:04", "seal.not-accepted", "who must act: nobody"):
        assert part in shown


def test_the_beginning_of_a_digest_names_the_only_item_that_has_it() -> None:
    other = "sha256:0123456789ab" + "0" * 52
    items = [SimpleNamespace(payload_digest=each) for each in (other, DIGEST, "sha256:" + "f" * 64)]
    store: Any = SimpleNamespace(page=lambda **asked: [i for i in items if i.payload_digest > asked["after"][0]])
    assert _whole(store, DIGEST[:21]) == DIGEST
    assert _whole(store, "sha256:ffffffff") == "sha256:" + "f" * 64
    for unclear in ("sha256:01234567", "sha256:f", "sha256:eeeeeeee", DIGEST):
        assert _whole(store, unclear) == unclear
