"""`status` on a screen: in one language, its tables apart, and one answer to the question who must act."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from rich.cells import cell_len

from adapters.cli.notices.alarm_lines import standing_alarms
from adapters.cli.notices.status import Here, Line, _certificate, _printed, _show
from adapters.cli.service.running import Running
from adapters.terminal.printing import Language, console, screen
from gateway.judiciary.endpoint_status import EndpointView
from gateway.judiciary.outcome_codes import USUAL_CODES
from gateway.mail.alarm import Alarm
from gateway.notice.delivery_state import DeliveryState
from gateway.operations.operator_action import NOT_AUTHENTICATED
from gateway.overview.gateway_act import NOT_READABLE
from gateway.overview.notices.work_line import held_bodies, waiting_for_all, work_lines
from gateway.overview.service_run import HEARD_WITHIN
from gateway.runtime.bilingual import Words
from gateway.runtime.circuit_breaker import CircuitBreaker
from gateway.runtime.errors import CATALOGUE, Actor
from gateway.store.stored import AuthorityState, Backlog, Process

NOW = datetime(2026, 11, 27, 10, 35, tzinfo=UTC)
SOON = "2026-11-27T09:35:00.000000Z"
REACHES = ("place in the tree", "checkpoint", "time-stamp")
COMMANDS = (
    *("queue list --code", "queue retry", "queue withdraw", "queue other-channel", "queue release", "queue decide"),
    *("--code doubt.absent", "rows refused", "quarantine list", "recovery status", "resume", "archive override"),
    *("status", "check", "db payloads", "run-once witness", "docs/audit/witnesses.md", "notice show"),
)
NAMES = (
    "HOST",
    "FOLDER",
    "OPERATOR",
    "REASON",
    "AUTHORITY",
    "COURT",
    "TRANSPORT",
    "TASK",
    "SOURCE",
    "source rename OLD NEW",
    "گذر archive",
    "گذر witness",
)
"""Names of this installation, and of passes."""
ALARMS = ("archive.checkpoint-late", "archive.unproven", "archive.witness-late")


@pytest.fixture(autouse=True)
def _usual_screen() -> Iterator[None]:
    width = console.width
    yield
    console.width, screen.utc, screen.language = width, False, Language.ENGLISH


def store(person_holds: Mapping[DeliveryState, int] | None = None, **counts: int) -> Any:
    person_holds = person_holds or {}
    numbers = dict.fromkeys(
        (*DeliveryState, "absent", "undecided", "held", "unasked", "refused", "quarantined", "collected", "written"), 0
    )
    tallies = SimpleNamespace(
        counts=lambda: numbers | counts,
        backlog=lambda **_: [
            Backlog(destination="COURT", state=state, count=held, held=held, oldest=NOW, by_age=())
            for state, held in person_holds.items()
        ],
        unwritten_by_source=lambda: {"cases": 4, "SOURCE": 2},
        queued_by_code=lambda: {"store.payload-missing": 2, "courier.not-connected": 1},
        doubted_by_code=lambda: {"courier.incomplete-answer": 1, "courier.fault": 1, "mapped.unknown-value": 2},
    )
    return SimpleNamespace(tallies=tallies)


def _lines(store: Any, now: datetime) -> list[Line]:
    return [_printed(line) for line in work_lines(store.tallies, now, ["cases"])]


def everything() -> Here:
    """A screen on which everything happens that `status` has words for."""
    counts = dict.fromkeys((*map(str, DeliveryState), "absent", "held", "unasked", "refused", "quarantined"), 3)
    reaches = [{"by": name, "records": 9, "made_at": SOON, "waiting_since": SOON, "waiting": "1h"} for name in REACHES]
    witness = {**reaches[0], "by": "FOLDER", "code": "witness.unreachable", "failures": 3}
    who = {"account": "OPERATOR", "authentication": NOT_AUTHENTICATED, "reason": "REASON"}
    return Here(
        runs=Running(
            alive=[Process(owner="HOST/1", began_at=NOW, seen_at=NOW, passed_at=NOW)],
            silent=[Process(owner="HOST/2", began_at=NOW, seen_at=NOW, passed_at=None)],
        ),
        silent=[AuthorityState(name="AUTHORITY", failures=2, since=NOW, code="time.unreachable")],
        switch={"stopped": True, "since": SOON, **who},
        recovery={"on": True, "since": SOON, "cause": "went-back"},
        lines=list(_lines(store(**counts, undecided=5, collected=9), NOW)),
        endpoints=[
            EndpointView(
                state="open",
                breaker=CircuitBreaker(destination="COURT", failures=2, since=NOW, code="courier.not-connected"),
                until=NOW,
                ration_used=0.5,
            )
        ],
        proof={
            "reaches": reaches,
            "witnesses": [witness],
            "override": {"until": SOON, **who},
            "alarms": [
                {"of": "sending", "code": code, "where": "FOLDER", "detail": f"since {SOON}", "actor": "", "next": ""}
                for code in ALARMS
            ],
        },
        alarms=[
            Alarm(name=name, code=code, began_at=NOW, seen_at=NOW)
            for name, code in (("TASK", "revocation.revoked"), ("TASK2", "revocation.revoked"), ("TASK", "pass.stuck"))
        ],
        certificates=[_certificate("TRANSPORT", "–", Actor.OPERATOR, Words(en="renew it", fa="آن را تمدید کنید"))],
    )


def shown(here: Here) -> str:
    with console.capture() as captured:
        _show(here, NOW, as_json=False)
    return captured.get()


@pytest.mark.parametrize("width", [80, 160])
def test_status_in_persian_has_no_english_word_but_names_codes_and_commands(width: int) -> None:
    console.width, screen.language = width, Language.PERSIAN
    text = " ".join(shown(everything()).split())
    left = re.sub("|".join((*COMMANDS, r"[a-z]+\.[a-z-]+", *NAMES)), "", text)
    assert re.findall(r"[A-Za-z]{2,}", left) == []
    assert all(word in text for word in ("رؤیت‌شده", "نامعلوم", "نقطه وارسی", "شاهد FOLDER", "1 ساعت"))


@pytest.mark.parametrize("language", list(Language))
def test_status_says_that_the_last_use_of_the_switch_cannot_be_read(language: Language) -> None:
    screen.language = language
    unknown = {"account": None, "authentication": None, "reason": None}
    text = " ".join(shown(replace(everything(), switch={"stopped": True, "since": SOON, **unknown})).split())
    assert screen.words(NOT_READABLE) in text
    assert "None" not in text


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("width", [80, 160])
def test_tables_of_status_are_parted_by_a_blank_line(width: int, language: Language) -> None:
    console.width, screen.language = width, language
    lines = [line.strip() for line in shown(everything()).splitlines()]
    for begins in ("what", "endpoint", "proof by") if language is Language.ENGLISH else ("وضعیت", "سامانه", "اثبات با"):
        place = next(number for number, line in enumerate(lines) if line.startswith(begins))
        assert lines[place - 1] == ""


def test_status_breaks_no_code_and_no_command_on_a_narrow_screen() -> None:
    console.width = 80
    text = shown(everything())
    for whole in ("store.payload-missing", "queue decide --code doubt.absent", "courier.not-connected"):
        assert whole in text
    assert max(cell_len(line) for line in text.splitlines() if line.startswith((" ", "QUEUED"))) <= 80


@pytest.mark.parametrize("code", sorted(USUAL_CODES.expired))
def test_a_message_that_came_too_late_waits_for_no_person(code: str) -> None:
    known = store(QUEUED=3)
    known.tallies.queued_by_code = lambda: {code: 3}
    lines = {line.what: line for line in _lines(known, NOW)}
    assert not [what for what in lines if "cannot be sent" in what]
    assert lines["QUEUED"].actor is None


@pytest.mark.parametrize("width", [80, 160])
def test_status_tells_an_alarm_of_several_tasks_once_with_its_remedy(width: int) -> None:
    console.width = width
    text = " ".join(shown(everything()).split())
    entry = CATALOGUE["revocation.revoked"]
    assert text.count("[revocation.revoked]") == text.count(entry.remedy) == 1
    assert "task TASK, TASK2, since 1405-09-06 14:05:00; operator: " in text


def test_status_shows_an_alarm_that_no_other_line_of_it_shows() -> None:
    seen = {
        "receipts": "revocation.revoked",
        "archive:sending": "archive.unproven",
        "endpoint:COURT": "endpoint.resting",
        "reconcile": "reconcile.queue-late",
        "mail": "mail.unreachable",
    }
    alarms = [Alarm(name=name, code=code, began_at=NOW, seen_at=NOW) for name, code in seen.items()]
    asked: list[datetime] = []
    store: Any = SimpleNamespace(present=lambda since: asked.append(since) or alarms)
    assert [each.name for each in standing_alarms(store, NOW, ["archive.unproven"])] == ["receipts"]
    assert asked == [NOW - HEARD_WITHIN], "a process that ended sees nothing any more"


def test_status_says_in_words_why_a_recovery_is_on() -> None:
    text = shown(everything())
    assert "records that this machine had seen are not in the database" in text
    assert "went-back" not in text


def test_a_screen_of_status_has_one_calendar() -> None:
    assert not re.search(r"\b20\d\d-", shown(everything()))


def test_status_names_the_operator_for_doubts_that_wait_for_a_person() -> None:
    reported = {line.what: line for line in _lines(store(IN_DOUBT=4, undecided=3, absent=1), NOW)}
    assert (reported["IN_DOUBT"].actor, reported["IN_DOUBT"].next) == (
        Actor.OPERATOR,
        "asked about by itself, but for 3: below",
    )
    assert reported["  in doubt, proven not to have arrived"].count == 1
    assert reported["  in doubt, cannot be told by asking"].count == 2
    by_itself = {line.what: line for line in _lines(store(IN_DOUBT=4), NOW)}
    assert (by_itself["IN_DOUBT"].actor, by_itself["IN_DOUBT"].next) == (None, "asked about by itself")


def test_status_names_the_operator_for_results_of_a_source_that_is_not_configured() -> None:
    lines = {line.what: line for line in _lines(store(collected=9, written=3), NOW)}
    whole, part = lines["rows to be written back"], lines["  of source SOURCE, not configured"]
    assert (whole.count, whole.actor, whole.next) == (6, Actor.OPERATOR, "written by itself, but for 2: below")
    assert (part.count, part.actor) == (2, Actor.OPERATOR)
    assert "source rename" in part.next


def test_status_names_the_operator_for_notices_to_a_destination_that_is_not_configured() -> None:
    one = store(QUEUED=5, IN_DOUBT=2, SUBMITTED=4)
    one.tallies.queued_by_code = one.tallies.doubted_by_code = dict
    there = {"state": DeliveryState.QUEUED, "held": 0, "oldest": SOON, "by_age": ()}
    backlog = [
        Backlog(destination=name, count=count, **there | {"state": state})  # type: ignore[arg-type]
        for name, state, count in (
            ("COURT", DeliveryState.QUEUED, 3),
            ("OLD", DeliveryState.QUEUED, 2),
            ("OLD", DeliveryState.IN_DOUBT, 2),
            ("OLD", DeliveryState.SUBMITTED, 4),
        )
    ]
    one.tallies.backlog = lambda **_: backlog
    lines = {line.what: line for line in map(_printed, work_lines(one.tallies, NOW, ["cases"], "COURT"))}
    assert (lines["QUEUED"].actor, lines["QUEUED"].next) == (Actor.OPERATOR, "sent by itself, but for 2: below")
    assert (lines["IN_DOUBT"].actor, lines["IN_DOUBT"].next) == (Actor.OPERATOR, "see below")
    parts = {what: line for what, line in lines.items() if "OLD" in what}
    assert [(line.count, line.actor, line.oldest) for line in parts.values()] == [(2, Actor.OPERATOR, SOON)] * 2
    assert all("[judiciary] destination" in line.next for line in parts.values())


def test_status_names_the_operator_for_what_a_person_holds() -> None:
    holds = {DeliveryState.QUEUED: 3, DeliveryState.DEAD_LETTER: 1}
    one = store(holds, QUEUED=5, DEAD_LETTER=1, held=2)
    one.tallies.queued_by_code = dict
    lines = {line.what: line for line in _lines(one, NOW)}
    assert (lines["QUEUED"].actor, lines["QUEUED"].next) == (Actor.OPERATOR, "sent by itself, but for 1: below")
    assert lines["DEAD_LETTER"].next == "queue retry, or queue withdraw; 1 held: below"
    all_held = {line.what: line for line in _lines(store({DeliveryState.QUEUED: 5}, QUEUED=5), NOW)}
    assert (all_held["QUEUED"].actor, all_held["QUEUED"].next) == (Actor.OPERATOR, "see below")
    held = lines["  held by a person, not sent until released"]
    assert (held.count, held.actor, held.next) == (2, Actor.OPERATOR, "queue release, once the cause is over")


def test_nothing_goes_on_by_itself_while_everything_is_stopped() -> None:
    numbers = dict.fromkeys(("QUEUED", "SENDING", "PENDING", "IN_DOUBT", "SUBMITTED", "VIEWED", "unasked"), 2)
    stopped = [waiting_for_all(line) for line in work_lines(store(**numbers, collected=9).tallies, NOW, ["cases"])]
    lines = {line.what: line for line in map(_printed, stopped)}
    for waits in ("QUEUED", "PENDING", "IN_DOUBT", "not asked about since the recovery began"):
        assert lines[waits].actor is Actor.OPERATOR
        assert lines[waits].next.startswith("waits: everything is stopped; resume")
    assert "resume" not in "".join(lines[goes_on].next for goes_on in ("SENDING", "SUBMITTED", "VIEWED"))


def test_programs_are_told_state_codes_in_every_language() -> None:
    screen.language = Language.PERSIAN
    assert {line.what for line in _lines(store(), NOW)} >= {state.value for state in DeliveryState}


def test_a_body_that_is_not_sent_is_told_with_the_number_of_refusals() -> None:
    """The page *Today* has no column for it: the sentence says it itself."""
    breaker = CircuitBreaker(destination="court", failures=7, since=NOW)
    held: Any = SimpleNamespace(held=lambda _: {"article-77"}, breakers={"article-77": breaker})
    [line] = held_bodies(held, NOW)
    assert line.words.en == "nothing of article-77 is sent: its seals were refused 7 times in a row"
    assert line.words.fa == "از article-77 چیزی ارسال نمی‌شود: مهر آن ۷ بار پیاپی رد شده است"
