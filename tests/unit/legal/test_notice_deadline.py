"""Deadline of a notice as people read it: its derivation, and why there is none."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from types import SimpleNamespace
from typing import Any

from adapters.composition.overview.deadline_rows import COLUMNS, cockpit_csv
from adapters.settings.legal_folder import legal_files
from adapters.shipped.resources import CALENDAR, RULES
from gateway.legal.calendar_reader import calendar_of
from gateway.legal.due_deadline import DayRange, ServiceDays
from gateway.legal.law import Law
from gateway.legal.origin import MARKS, Mark
from gateway.legal.rules import FromEvent, Unseen
from gateway.legal.rules_reader import rules_of
from gateway.legal.service_effect import effect_of
from gateway.notice.legal_effect import EFFECT_NAMES, Effect, ServiceDate
from gateway.notice.outbox import OutboxEntry
from gateway.notice.written_date import parse_day
from gateway.overview.deadlines.deadline_store import ListedNotice, ServedGroup
from gateway.overview.deadlines.due_deadlines import DueQuery, due_deadlines
from gateway.overview.notices.deadline import Deadline, NoticePeriod, deadline_of
from gateway.runtime.bilingual import Words
from gateway.runtime.clock import TEHRAN
from gateway.runtime.errors import CATALOGUE, GatewayError
from tests.unit.test_overview import NOW, SENT, assert_own_digits
from tests.unit.test_sentences import S, entry

LAW = Law(rules=rules_of(legal_files(RULES)), calendar=calendar_of(legal_files(CALENDAR)), province="tehran")


def derived(of: OutboxEntry, body: str = "article-100") -> Deadline:
    return deadline_of(of, body, "ruling", LAW, NOW.date())


def last_step(told: Deadline, language: str = "en") -> str:
    words = told.steps[-1].words
    return words.fa if language == "fa" else words.en


def test_a_deadline_is_derived_as_far_as_rules_exist() -> None:
    late = datetime(2026, 11, 27, 21, 0, tzinfo=UTC)  # after midnight in Tehran
    told = derived(entry(S.VIEWED, delivered_at=late, viewed_at=NOW, serve_by=date(2026, 11, 27)))
    assert told.served_on == date(2026, 11, 28)
    assert told.effect == EFFECT_NAMES[Effect.ACTUAL]
    of_service = [each.words.fa for each in told.steps[:6]]
    assert "واصل" in of_service[0]
    assert "به موجب قاعده" in of_service[1]
    assert of_service[2] == "در روز شنبه ۱۴۰۵/۰۹/۰۷ رؤیت شده است."
    assert of_service[3] == "بنابراین تاریخ ابلاغ، شنبه ۱۴۰۵/۰۹/۰۷ و نوع آن ابلاغ واقعی است."
    assert "۱۴۰۵/۰۹/۰۶" in of_service[4]
    assert of_service[5] == "تاریخ ابلاغ پس از آن روز است."
    [objection] = told.periods
    assert objection == NoticePeriod(
        label=Words(en="Last day: objection", fa="آخرین روز مهلت اعتراض"),
        ends_on=date(2026, 12, 9),
        open=None,
        doubt=MARKS[Mark.TO_BE_CONFIRMED],
    )
    steps = [each.words.en for each in told.steps[6:]]
    assert steps[0].startswith("Ruling, Article 100 commission, first instance: objection, 10 days; for a recipient")
    assert "The last day is Wednesday 9 December 2026 (1405/09/18)." in steps
    assert "The rule of this period (objection) must be confirmed by counsel." in steps
    assert any(each.rule is not None for each in told.steps)
    assert told.steps[-1].rule is None


def test_a_period_that_no_rule_counts_says_why() -> None:
    viewed = entry(S.VIEWED, delivered_at=SENT - timedelta(days=3), viewed_at=NOW)
    final, court = derived(viewed, "article-77").periods
    assert (final.ends_on, final.open) == (
        None,
        Words(en="The decision is final: there is no objection.", fa="رأی قطعی است و مهلت اعتراض ندارد."),
    )
    assert (court.ends_on is not None, court.doubt) == (True, None)
    unknown = derived(viewed, "article-38")
    assert (unknown.periods, unknown.open) == ((), unknown.steps[-1].words)
    assert unknown.open is not None
    assert unknown.open.en == "No period is computed: no rule knows this issuing body and kind of notice."
    unreadable = deadline_of(viewed, "article-77", "ruling", GatewayError("legal.file"), NOW.date())
    assert CATALOGUE["legal.file"].fa in last_step(unreadable, "fa")
    early = replace(viewed, delivered_at=SENT - timedelta(days=2000), viewed_at=None)
    assert "no rule is in force on that day" in last_step(derived(early))


def test_a_last_day_beside_a_feast_that_the_moon_may_move_is_not_confirmed() -> None:
    """Three months from 1405-08-03 end on 1405-11-04, for which a feast is predicted: with the real moon that day may
    be the last one.
    """
    at = datetime.combine(parse_day("1405-08-03"), time(12), TEHRAN)
    _, court = deadline_of(entry(S.DELIVERED, delivered_at=at), "article-77", "ruling", LAW, at.date()).periods
    assert court.told.fa == "۱۴۰۵/۱۱/۰۵ (ممکن است با رؤیت هلال تغییر کند)"
    assert court.ends_on is not None
    group = ServedGroup(
        body="article-77",
        district="6",
        kind="ruling",
        days=ServiceDays(arrived=at.date(), viewed=None, stated=None),
        count=1,
    )
    listed = ListedNotice(group=group, reference="EB-1", arrival_known=True)
    store: Any = SimpleNamespace(groups=lambda *_: [group], references=lambda *_: [listed])
    within = DayRange(first=court.ends_on, last=court.ends_on)
    query = DueQuery(visible_bodies=None, within=within, today=court.ends_on)
    due = due_deadlines(store, LAW, query)
    assert [each.doubt for each in due.notices] == [court.doubt]
    risk: Any = SimpleNamespace(notices=[], total=0)
    found: Any = SimpleNamespace(due=due, risk=risk, complete=True)
    [row] = csv.DictReader(
        cockpit_csv(found, {name: name for name in COLUMNS}, lambda words: words.fa).decode("utf-8-sig").splitlines()
    )
    assert (row["last_day"], row["confirmed"], row["remarks"]) == (
        "1405-11-05",
        "false",
        "ممکن است با رؤیت هلال تغییر کند",
    )


def test_a_period_from_viewing_waits_for_it() -> None:
    by_viewing = [replace(each, event=FromEvent.VIEWING) for each in LAW.rules.periods]
    law = replace(LAW, rules=replace(LAW.rules, periods=by_viewing))
    [waiting] = deadline_of(entry(S.DELIVERED, delivered_at=SENT), "article-100", "ruling", law, NOW.date()).periods
    assert (waiting.ends_on, waiting.open is not None) == (None, True)
    [counted] = deadline_of(
        entry(S.VIEWED, delivered_at=SENT, viewed_at=NOW), "article-100", "ruling", law, NOW.date()
    ).periods
    assert counted.ends_on is not None


def test_the_effect_is_that_of_the_rule_of_the_arrival() -> None:
    """By another rule of service, a notice that nobody views is served later than it arrives."""
    [by_law] = LAW.rules.services
    refusal = replace(by_law, code="refusal", unseen=Unseen.SERVED_AFTER, unseen_days=10)
    law = replace(LAW, rules=replace(LAW.rules, services=[refusal]))
    arrived = entry(S.DELIVERED, delivered_at=SENT)
    first, tenth = (
        deadline_of(arrived, "article-100", "ruling", law, SENT.date() + timedelta(days=days)) for days in (9, 10)
    )
    assert (first.served_on, first.effect.en) == (None, "not served so far")
    assert last_step(first).startswith("No period has begun")
    assert (tenth.served_on, tenth.effect) == (SENT.date() + timedelta(days=10), EFFECT_NAMES[Effect.LEGAL])
    [objection] = tenth.periods
    [at_once] = derived(arrived).periods
    assert objection.ends_on is not None
    assert at_once.ends_on is not None
    assert (objection.ends_on - at_once.ends_on).days >= 9
    named = effect_of(arrived, law.rules, SENT.date() + timedelta(days=10)).service
    assert named == ServiceDate(date="1405-09-16", effect=Effect.LEGAL, rule="refusal")


def test_without_service_no_period_is_said_to_run() -> None:
    unknown = derived(entry(S.SUBMITTED))
    assert unknown.effect.en == "no receipt of arrival is known"
    assert last_step(unknown) == "Nothing can be told of a period, because no receipt of arrival is known."
    assert last_step(derived(entry(S.REJECTED))).startswith("No period begins")
    assert "other channel" in last_step(derived(entry(S.OTHER_CHANNEL)))


def test_a_derivation_names_the_fact_that_stands_for_a_missing_receipt() -> None:
    for told, fact in (
        (derived(entry(S.VIEWED, viewed_at=NOW)), "It was viewed on"),
        (derived(entry(S.DELIVERED, legal_service_at=NOW)), "service by law"),
    ):
        assert told.steps[0].words.en.startswith("No receipt of its arrival is known")
        assert any(fact in each.words.en for each in told.steps)
        assert any("it was served by" in each.words.en for each in told.steps)
        [objection] = told.periods
        assert objection.doubt is not None
        assert objection.doubt.fa.endswith("ممکن است زودتر باشد، زیرا رسید وصول دریافت نشده است")
        assert any("service may have been earlier" in each.words.en for each in told.steps)
    for times in product((None, SENT), (None, NOW), (None, NOW)):
        names = ("delivered_at", "viewed_at", "legal_service_at")
        assert_own_digits(derived(entry(S.VIEWED, **dict(zip(names, times, strict=True)))))
