"""State, case, date and recipient are seen on a screen of 80 columns, by one calendar; repeated errors are one line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from rich.cells import cell_len

from adapters.cli.notices.notice_report import show_figures
from adapters.cli.notices.notice_rows import show_notices, summary
from adapters.cli.notices.notice_show import _seen, _show_timeline, _warn
from adapters.cli.notices.rows import show_refused
from adapters.cli.service.endpoints import show_endpoints
from adapters.composition.overview.refused_rows import COLUMNS, row_facts
from adapters.municipal.files.drop_reports import as_csv
from adapters.terminal.printing import Language, console, errors, screen, table, tell, tell_all
from gateway.evidence.timeline import Element
from gateway.judiciary.courier import Rejected
from gateway.judiciary.endpoint_status import EndpointView
from gateway.judiciary.outcome_codes import CodeTable, ContractResult, outcome_of
from gateway.notice.delivery_state import DeliveryState
from gateway.overview.service_figures import (
    BY_WORDS,
    DAYS_WORDS,
    FIGURE_WORDS,
    SAVED_WORDS,
    SHARE_WORDS,
    Figure,
    FigureQuery,
    FigureReport,
    Figures,
)
from gateway.record.derived import Facts, differing
from gateway.runtime.circuit_breaker import CircuitBreaker
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Admission, StandingRefusal
from gateway.trust.trust_policy import Fresh, Rejection
from tests.conformance.builders import admission, entry, refusal

ARRIVED = datetime(2026, 11, 27, 22, 0, tzinfo=UTC)
"""By the Jalali calendar it is 1405-09-07 in Tehran by then."""


@pytest.fixture(params=[80, 160])
def width(request: pytest.FixtureRequest) -> Iterator[int]:
    before = console.width
    console.width = request.param
    yield request.param
    console.width = before
    screen.utc, screen.language = False, Language.ENGLISH


def served() -> Admission:
    present = replace(
        entry(1), state=DeliveryState.UNDELIVERABLE, delivered_at=ARRIVED, code="R-104", serve_by=date(2026, 11, 28)
    )
    return admission(replace(present, reference="EB-2BIJDB75VLD5THBSPNKUQFDRA2FAWYIW"), case_number="1404/000015")


@pytest.mark.parametrize("language", Language)
def test_figures_are_a_table_only_where_no_word_is_broken(width: int, language: Language) -> None:
    screen.language = language
    row = Figures(key="article-55-20", counts=dict.fromkeys(Figure, 14), days=0.5, saved=14_000_000_000)
    query = FigureQuery(visible_bodies=None, first=ARRIVED.date(), last=ARRIVED.date())
    with console.capture() as shown:
        show_figures(FigureReport(query=query, rows=[row], total=row), screen.words(BY_WORDS[query.by]))
    text = shown.get()
    assert max(map(cell_len, text.splitlines())) <= width
    for words in (*FIGURE_WORDS.values(), SHARE_WORDS, DAYS_WORDS, SAVED_WORDS):
        for word in screen.words(words).split():
            assert word in text
    assert text.count("article-55-20") == 1


def test_a_list_keeps_state_case_date_and_recipient(width: int) -> None:
    with console.capture() as shown:
        show_notices([served()])
    text = shown.get()
    for part in ("EB-2BIJDB75VLD5THBSPNKUQFDRA2FAWYIW", "UNDELIVERABLE", "1404/000015", "1405-09-07", "شخص نمونه"):
        assert part in text
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text


def test_a_notice_shows_its_recipient_and_one_calendar(width: int) -> None:
    seen = _seen(served())
    assert (seen["recipient"], seen["delivered_at"], seen["service_date"]) == (
        "شخص نمونه",
        "1405-09-07 01:30:00",
        "1405-09-07",
    )
    assert seen["serve_by"] == "1405-09-07"
    screen.utc = True
    seen = _seen(served())
    assert (seen["delivered_at"], seen["service_date"]) == ("2026-11-27T22:00:00Z", "2026-11-27")
    assert seen["serve_by"] == summary(served())["serve_by"] == "2026-11-28"
    assert "recipient" not in summary(served()), "programs and logs are given no name"


def test_a_timeline_loses_nothing_on_a_narrow_screen(width: int) -> None:
    element = Element(
        event="ContentConsignmentFailure",
        state="UNDELIVERABLE",
        detail="FetchReceipts (eblagh-1@file)",
        occurred_at="2026-11-27T22:00:00.000000Z",
        learned_at="2026-11-27T22:00:01.000000Z",
        record="receipt:S5D2E59A2C5C94E2E-A",
    )
    with console.capture() as shown:
        _show_timeline([element])
    text = shown.get()
    for part in ("1405-09-07 01:30:00", "ContentConsignmentFailure", "UNDELIVERABLE", "receipt:S5D2E59A2C5C94E2E-A"):
        assert part in text
    assert not re.search(r"\b20\d\d-", text), "a second calendar"
    assert max(map(len, text.splitlines())) <= width


def test_a_long_cell_goes_on_in_the_next_line(width: int) -> None:
    rows = table("", "record", "payload")
    digest = "sha256:" + "0123456789abcdef" * 12
    rows.add_row("seal:EB-2BIJDB75VLD5THBSPNKUQFDRA2FAWYIW", digest)
    with console.capture() as shown:
        console.print(rows)
    assert "…" not in shown.get()
    columns = [line.split()[-1] for line in shown.get().splitlines()[1:] if line.strip()]
    assert "".join(columns).replace("seal:EB-", "").endswith(digest[-20:])


def refused_row() -> StandingRefusal:
    reported = refusal(case_number="1404/000015", refused_at=ARRIVED)
    return StandingRefusal(refusal=reported, written=True, since=ARRIVED)


@pytest.mark.parametrize("language", list(Language))
def test_a_refused_row_is_shown_with_its_case(width: int, language: Language) -> None:
    screen.language = language
    with console.capture() as shown:
        show_refused([row_facts(refused_row())])
    text = shown.get()
    for part in ("cases", "row-1", "1404/000015", "recipient.national-id", "1405-09-07", "کد ملی مخاطب نادرست است."):
        assert part in text
    assert max(map(cell_len, text.splitlines())) <= width


def test_programs_and_spreadsheets_are_given_the_case_of_a_refused_row() -> None:
    row = row_facts(refused_row())
    assert row["case"] == "1404/000015"
    head, line = as_csv(COLUMNS, [row]).decode("utf-8-sig").splitlines()
    assert dict(zip(head.split(","), line.split(","), strict=True))["case"] == "1404/000015"


@pytest.mark.parametrize("language", list(Language))
def test_an_endpoint_is_shown_without_a_broken_code(width: int, language: Language) -> None:
    screen.language = language
    rests = CircuitBreaker(
        destination="judiciary-of-the-province", failures=12, code="courier.not-connected", since=ARRIVED
    )
    view = EndpointView(state="half-open", breaker=rests, until=None, ration_used=0.4)
    with console.capture() as shown:
        show_endpoints([view], ARRIVED)
    text = shown.get()
    for part in ("judiciary-of-the-province", "courier.not-connected", "1405-09-07 01:30:00", "12", "40%"):
        assert part in text
    assert max(map(cell_len, text.splitlines())) <= width


@pytest.mark.parametrize("state", ["closed", "open"])
def test_the_seals_of_a_body_that_still_works_are_not_said_to_be_held(state: str) -> None:
    breaker = CircuitBreaker(destination="court/article-100", failures=1, code="seal.not-accepted", since=ARRIVED)
    with console.capture() as shown:
        show_endpoints([EndpointView(state=state, breaker=breaker, until=None, ration_used=None)], ARRIVED)
    text = " ".join(shown.get().split())
    assert ("nothing more of this body is sent" in text) == (state == "open")
    assert ("its notices are still sent" in text) == (state == "closed")


def test_an_error_that_was_met_often_is_told_once_with_its_number() -> None:
    away = [GatewayError("courier.not-connected", where="judiciary") for _ in range(3)]
    with errors.capture() as shown:
        tell_all([*away, GatewayError("store.full")])
    text = shown.get()
    assert (text.count("courier.not-connected"), text.count("(3 times)"), text.count("store.full")) == (1, 1, 1)


def printed_by_tell(error: GatewayError) -> str:
    with errors.capture() as shown:
        tell(error)
    return shown.get()


def test_an_error_and_a_warning_tell_times_as_the_screen_does() -> None:
    changed = replace(served().entry, delivered_at=datetime(2026, 1, 1, tzinfo=UTC))
    facts = Facts(
        state=changed.state,
        seq=changed.seq,
        delivered_at=ARRIVED,
        viewed_at=None,
        numbers=frozenset(),
        answers=[],
        open_number=True,
        broken=[],
    )
    (difference,) = differing(changed, facts)
    assert difference == ("delivered_at 2026-01-01T00:00:00.000000Z: the receipt says 2026-11-27T22:00:00.000000Z")
    jalali = "delivered_at 1404-10-11 03:30:00: the receipt says 1405-09-07 01:30:00"
    error = GatewayError("store.value-differs", where="EB-1", detail=difference)
    assert jalali in printed_by_tell(error)
    with errors.capture() as shown:
        _warn([difference])
    assert jalali in shown.get()
    screen.utc = True
    utc = "delivered_at 2026-01-01T00:00:00Z: the receipt says 2026-11-27T22:00:00Z"
    assert utc in printed_by_tell(error)
    screen.utc = False


def test_an_example_of_a_time_in_an_error_stays_as_it_is() -> None:
    wanted = "a time such as 2026-02-03T08:30:00Z is wanted"
    assert wanted in printed_by_tell(GatewayError("config.value", detail=wanted))


def test_no_error_holds_a_time_as_python_prints_it() -> None:
    now = datetime(2026, 11, 27, tzinfo=UTC)
    facts = SimpleNamespace(signed_at=now - timedelta(days=9), expires_at=now, signer=None)
    with pytest.raises(Rejection) as found:
        Fresh(now).check(facts)  # type: ignore[arg-type]
    assert found.value.detail == "created 2026-11-18T00:00:00.000000Z, received 2026-11-27T00:00:00.000000Z"


def test_a_reason_of_the_judiciary_is_persian_where_a_table_has_it() -> None:
    table_of = CodeTable(reasons={"R-104": "برگه خوانا نیست."})
    known, unknown = (
        ContractResult(status="REJECTED", code="R-104", text="illegible"),
        ContractResult(status="REJECTED", code="R-900", text="closed"),
    )
    assert outcome_of(known, table_of) == Rejected(code="R-104", text="برگه خوانا نیست.")
    assert outcome_of(unknown, table_of) == Rejected(code="R-900", text="closed")
