"""The run of the pass ``mail`` in an installation, and the alarms that every process reads from its database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.composition.console.mail_run import MailRun, quiet_after
from adapters.composition.console.stored_alarms import affirm_alarms
from adapters.composition.installation import Installation
from adapters.shipped.resources import CONFIG
from adapters.storage.engine import migrate
from gateway.overview.deadlines.deadline_alerts import LOOKED
from gateway.runtime.circuit_breaker import CircuitBreaker
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import GatewayError
from gateway.runtime.may_continue import always
from gateway.store.stored import Changes
from tests.manual_clock import ManualClock

pytestmark = pytest.mark.long

MAIL = '[mail]\nserver = "127.0.0.1:1"\nsender = "a@b.example"\nalarm_mailboxes = ["c@b.example"]\n'
ALERTS = "[[legal.alerts]]\ndays = 3\n"
BEAT, SELDOM = timedelta(seconds=10), timedelta(minutes=30)
"""Time between two heartbeats; and between two runs of the pass: longer than an alarm lasts that nobody affirms."""


@contextmanager
def installed(folder: Path, clock: ManualClock, more: str = MAIL) -> Iterator[Installation]:
    file = folder / "gateway.toml"
    file.write_text(f"{(CONFIG / 'demo.toml').read_text(encoding='utf-8')}\n{more}", encoding="utf-8")
    with closing(replace(Installation.of(file), clock=clock)) as installation:
        migrate.upgrade(installation.store_url())
        yield installation


def test_a_service_whose_clock_was_set_back_goes_on_to_end_alarms(tmp_path: Path, clock: ManualClock) -> None:
    with installed(tmp_path, clock) as installation:
        mails = installation.store().mail
        clock.advance(days=30)
        run = MailRun(installation)
        clock.advance(days=-30)
        mails.affirm({"dispatch": "store.full"}, clock())
        run(always)
        clock.now += quiet_after(installation) + timedelta(minutes=1)
        run(always)
        [mail] = mails.due(clock() + timedelta(minutes=5), 9)
        assert "پایان هشدار: ۱" in mail.subject


def set_cause(installation: Installation, kind: str, *, stands: bool = True) -> str:
    """Begin or end the cause of an alarm in the database, and return the alarm's name."""
    store, now = installation.store(), installation.clock()
    destination = installation.settings.judiciary.destination
    if kind == "endpoint":
        broken = CircuitBreaker(
            destination=destination, failures=9, since=now, code="courier.not-connected", alarmed=True
        )
        state = broken if stands else CircuitBreaker(destination=destination)
        store.endpoints.update_breaker(destination, lambda _: state, now)
        return f"endpoint:{destination}"
    near = [{"body": "article-100", "last_day": "2026-02-05", "count": 2}] if stands else []
    store.commit(Changes(cursors={LOOKED: json.dumps({"at": timestamp(now), "near": near})}))
    return "deadlines:article-100:1404-11-16"


def live(installation: Installation, clock: ManualClock, period: timedelta) -> None:
    """Let the heartbeat of a process affirm alarms."""
    end = clock() + period
    while clock() < end:
        affirm_alarms(installation, {}, clock())
        clock.now += BEAT


@pytest.mark.parametrize("kind", ["endpoint", "deadlines"])
def test_one_outage_is_one_alarm_however_seldom_the_pass_runs(tmp_path: Path, clock: ManualClock, kind: str) -> None:
    with installed(tmp_path, clock, MAIL + ALERTS) as installation:
        mails, run = installation.store().mail, MailRun(installation)
        assert quiet_after(installation) < SELDOM
        name = set_cause(installation, kind)
        for _ in range(4):
            live(installation, clock, SELDOM)
            run(always)
        [alarm] = mails.present(clock() - BEAT)
        assert (alarm.name, alarm.times, alarm.over_at) == (name, 1, None)
        assert alarm.begin_told_at is not None
        last = clock()
        set_cause(installation, kind, stands=False)
        live(installation, clock, SELDOM)
        run(always)
        assert mails.present(last - SELDOM) == []
        made = sorted(mails.due(clock() + timedelta(days=1), 9), key=lambda mail: mail.made_at)
        assert ["پایان" in mail.subject for mail in made] == [False, True]


def test_a_process_affirms_its_own_alarms_also_without_mail(tmp_path: Path, clock: ManualClock) -> None:
    with installed(tmp_path, clock, ALERTS) as installation:
        for kind in ("endpoint", "deadlines"):
            set_cause(installation, kind)
        affirm_alarms(installation, {"dispatch": GatewayError("store.full")}, clock())
        assert [alarm.name for alarm in installation.store().mail.present(clock())] == ["dispatch"]


def test_no_outage_of_an_endpoint_is_told_in_its_maintenance(tmp_path: Path, clock: ManualClock) -> None:
    weekly = '[[judiciary.maintenance]]\ndays = ["tuesday"]\nfrom = "00:00"\nuntil = "23:59"\n'
    with installed(tmp_path, clock, MAIL + weekly) as installation:
        set_cause(installation, "endpoint")
        affirm_alarms(installation, {}, clock())
        assert installation.store().mail.present(clock()) == []
