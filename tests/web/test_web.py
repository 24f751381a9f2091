"""Health and metrics over real HTTP, of facts and a store that each test makes."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from adapters.settings.legal_folder import legal_files
from adapters.shipped.resources import CALENDAR, RULES
from adapters.storage.sql_store import SqlStore
from adapters.web.facts import Readings
from adapters.web.metrics import DURATIONS, SHOWN
from gateway.evidence.evidence_log import StoredCheckpoint
from gateway.intake.push_result import PushTally, Way
from gateway.judiciary.endpoint_policy import EndpointPolicy
from gateway.judiciary.maintenance_window import Weekday, Weekly
from gateway.judiciary.pass_statistics import Record
from gateway.legal.calendar_reader import calendar_of
from gateway.legal.law import Law
from gateway.legal.rules_reader import rules_of
from gateway.notice.delivery_state import DeliveryState
from gateway.overview.deadlines.deadline_alerts import AlertRule, look_ahead
from gateway.reconciliation.limits import Limit, Limits
from gateway.reconciliation.overdue import longest_waits, look_at_limits
from gateway.reconciliation.report import RECONCILED, Reconciled, Scope
from gateway.record.evidence_record import EvidenceKind
from gateway.runtime.circuit_breaker import Failure
from gateway.runtime.errors import GatewayError
from gateway.runtime.rate_limit import RateLimit
from gateway.store.inbox import Taking
from gateway.store.proof_reach import Override, ProofPolicy
from gateway.store.store_fingerprint import Cause, Recovery
from gateway.store.stored import Changes, Switch
from tests.conformance.builders import admit, claim, entry, evidence, quarantined, refusal

from .asked import GOOD, NOW, PATIENCE, Asked, Away


def test_a_service_that_is_well_says_so(asked: Asked) -> None:
    assert asked("/health/live")[::2] == (200, "live\n")
    status, reported = asked.ready()
    assert status == 200
    assert reported["ready"] is True
    assert {check["ok"] for check in reported["checks"].values()} == {True}
    assert reported["roles"] == ["collect", "web"]


@pytest.mark.parametrize(
    ("wrong", "check", "code"),
    [
        ({"refused": GatewayError("config.value", where="gateway.toml, line 9")}, "configuration", "config.value"),
        ({"certificates": {"transport": NOW}}, "certificates", "certificate.expired"),
        ({"alarms": {"collect:cases": GatewayError("source.unavailable")}}, "passes", "source.unavailable"),
        ({"without_lock": GatewayError("store.read-only")}, "duties", "store.read-only"),
        ({"exhausted": GatewayError("machine.files")}, "machine", "machine.files"),
    ],
)
def test_what_is_wrong_is_told_with_who_must_act(asked: Asked, wrong: dict[str, Any], check: str, code: str) -> None:
    asked.facts = replace(GOOD, **wrong)
    status, reported = asked.ready()
    assert status == 503
    assert {name for name, found in reported["checks"].items() if not found["ok"]} == {check}
    assert reported["checks"][check]["code"] == code
    assert reported["checks"][check]["who_must_act"] in ("operator", "municipality")
    assert reported["checks"][check]["remedy"]
    assert asked("/health/live")[0] == 200


def test_what_senders_bring_is_counted_by_source_and_way(asked: Asked) -> None:
    tally = PushTally()
    tally.took("portal", Way.REST, [Taking.STORED, Taking.STORED, Taking.REPEATED])
    tally.took("registry", Way.SOAP, [Taking.REFUSED])
    tally.refused("registry", Way.SOAP, "verify.digest")
    tally.refused("", Way.REST, "push.unauthorized")
    asked.facts = replace(GOOD, pushed=tally.rows(), pushes_refused=tally.refusals())
    shown = asked.metrics()
    rows, messages = "eblagh_pushed_rows_total", "eblagh_pushes_refused_total"
    assert shown[f'{rows}{{source="portal",taking="stored",way="rest"}}'] == 2
    assert shown[f'{rows}{{source="portal",taking="repeated",way="rest"}}'] == 1
    assert shown[f'{rows}{{source="registry",taking="refused",way="soap"}}'] == 1
    assert shown[f'{messages}{{code="verify.digest",source="registry",way="soap"}}'] == 1
    assert shown[f'{messages}{{code="push.unauthorized",source="",way="rest"}}'] == 1


def test_a_late_notice_is_an_alarm_and_makes_no_process_unfit(asked: Asked) -> None:
    record = Record(name="overdue", kind="overdue", source="")
    asked.facts = replace(GOOD, records=[record], alarms={"overdue": GatewayError("reconcile.arrival-late")})
    status, reported = asked.ready()
    assert (status, reported["passes"]["overdue"]["alarm"]) == (200, True)
    assert asked.metrics()['eblagh_pass_alarm{pass="overdue",source=""}'] == 1


def test_a_store_that_is_away_is_told_and_the_rest_goes_on(asked: Asked) -> None:
    asked.store = Away()  # type: ignore[assignment]
    status, reported = asked.ready()
    assert (status, reported["checks"]["store"]["code"]) == (503, "store.unavailable")
    shown = asked.metrics()
    assert shown["eblagh_store_up"] == 0
    assert not any(name.startswith(("eblagh_notices", "eblagh_stopped")) for name in shown)
    assert shown['eblagh_pass_runs_total{pass="collect",source="cases"}'] == 4


def test_a_recovery_is_told_and_the_service_is_fit_in_it(asked: Asked, store: SqlStore) -> None:
    begun = Recovery(
        epoch="e2",
        replaced=store.recovery.epoch,
        remembered=None,
        since=NOW,
        cause=Cause.WENT_BACK,
        evidence_id="recovery:1",
    )
    admit(store, entry(1))
    store.commit(Changes(recovery=begun, evidence=[evidence("recovery:1")]))
    status, reported = asked.ready()
    assert (status, reported["recovery"]["cause"], reported["recovery"]["unasked"]) == (200, "went-back", 1)
    shown = asked.metrics()
    assert (shown["eblagh_recovery"], shown["eblagh_unasked_notices"]) == (1, 1)


def test_a_person_who_stopped_everything_is_seen(asked: Asked, store: SqlStore) -> None:
    record = evidence("act:stop", kind=EvidenceKind.PERSON_ACT)
    store.commit(Changes(evidence=[record], switch=Switch(stopped=True, since=NOW, evidence_id="act:stop")))
    status, reported = asked.ready()
    assert (status, reported["checks"]["switch"]["code"]) == (503, "service.stopped")
    assert asked.metrics()["eblagh_stopped"] == 1


PROOF = ProofPolicy(
    stamped=True,
    stop_after=timedelta(hours=24),
    late_after=timedelta(hours=1),
    witnesses={"council": timedelta(hours=24)},
)


def test_that_sending_waits_for_proof_is_seen_until_a_person_lets_it_be(asked: Asked, store: SqlStore) -> None:
    asked.facts = replace(GOOD, proof=PROOF)
    since = NOW - timedelta(hours=25)
    store.commit(Changes(evidence=[evidence(f"record:{number}", recorded_at=since) for number in range(3)]))
    store.log.place(2)
    store.log.keep(StoredCheckpoint(size=1, note=b"note", made_at=since))
    store.log.accepted("council", 1, since)
    status, reported = asked.ready()
    assert (status, reported["checks"]["proof"]["code"]) == (503, "archive.unproven")
    shown = asked.metrics()
    assert (shown["eblagh_proof_stopped"], shown["eblagh_proof_overridden"]) == (1, 0)
    stages = ("place", "checkpoint", "time-stamp", "witness:council")
    assert [shown[f'eblagh_proof_records{{of="{stage}"}}'] for stage in stages] == [2, 1, 0, 1]
    assert {shown[f'eblagh_proof_waiting_seconds{{of="{stage}"}}'] for stage in stages} == {25 * 3600}
    assert shown['eblagh_proof_last_timestamp_seconds{of="witness:council"}'] == since.timestamp()
    assert 'eblagh_proof_last_timestamp_seconds{of="time-stamp"}' not in shown


def test_what_a_person_lets_be_is_served_and_shown(asked: Asked, store: SqlStore) -> None:
    asked.facts = replace(GOOD, proof=PROOF)
    store.commit(
        Changes(
            evidence=[evidence("record:1", recorded_at=NOW - timedelta(hours=25))],
            override=Override(since=NOW, until=NOW + timedelta(hours=1), evidence_id="record:1"),
        )
    )
    assert asked.ready()[0] == 200
    shown = asked.metrics()
    assert (shown["eblagh_proof_stopped"], shown["eblagh_proof_overridden"]) == (0, 1)


def test_a_witness_that_is_away_makes_no_process_unfit(asked: Asked) -> None:
    record = Record(name="witness:council", kind="witness", source="council")
    asked.facts = replace(GOOD, records=[record], alarms={"witness:council": GatewayError("witness.unreachable")})
    status, reported = asked.ready()
    assert (status, reported["passes"]["witness:council"]["alarm"]) == (200, True)


def test_an_ending_service_is_not_ready_but_lives(asked: Asked) -> None:
    asked.facts = replace(GOOD, ending=True)
    assert asked.ready()[0] == 503
    assert asked("/health/live")[0] == 200


def test_a_scheduler_that_does_not_move_is_not_alive(asked: Asked) -> None:
    asked.facts = replace(GOOD, moves=False)
    assert asked("/health/live")[0] == 503


def test_what_stands_in_the_store_is_counted(asked: Asked, store: SqlStore) -> None:
    earlier, now = NOW - timedelta(minutes=5), {"admitted_at": NOW, "state_since": NOW}
    admit(store, entry(1, admitted_at=earlier, state_since=earlier), entry(2, **now, held=True))
    store.commit(Changes(refusals=[refusal(9)], quarantine=[quarantined()]))
    shown = asked.metrics()
    waiting = '{destination="court",state="QUEUED"}'
    assert shown['eblagh_notices{state="QUEUED"}'] == 2
    assert shown[f"eblagh_waiting_notices{waiting}"] == 2
    assert shown[f"eblagh_held_notices{waiting}"] == 1
    assert shown[f"eblagh_waiting_oldest_age_seconds{waiting}"] == 300
    assert shown['eblagh_lag_seconds{of="unwritten"}'] == 300
    assert (shown["eblagh_refused_rows"], shown["eblagh_quarantined"]) == (1, 1)
    assert any(name.startswith("eblagh_build_info") for name in shown)
    assert shown['eblagh_errors_total{code="source.unavailable"}'] == 1
    assert shown['eblagh_pass_duration_seconds_sum{pass="collect",source="cases"}'] == 2.5
    assert shown["process_resident_memory_bytes"] > 0


def test_what_was_late_and_what_did_not_agree_is_shown_by_every_process(asked: Asked, store: SqlStore) -> None:
    assert not any(name.startswith(("eblagh_overdue", "eblagh_reconcile")) for name in asked.metrics())
    admit(store, entry(1, admitted_at=NOW - timedelta(days=9)), entry(2, admitted_at=NOW - timedelta(days=5)))
    periods = dict.fromkeys(Limit, timedelta(days=400)) | {Limit.DELIVER: timedelta(days=6)}
    waits = longest_waits(timedelta(), timedelta())
    look_at_limits(store, ["cases"], lambda: NOW, Limits(periods=periods, warn_at=0.8), waits)
    done = Reconciled(
        scope=Scope(since=None, until=NOW), at=NOW, findings={"reconcile.row-gone": 3}, compared={"rows": 9}
    )
    store.commit(Changes(cursors={RECONCILED: done.record()}))
    asked.readings._keep_until = 0
    shown = asked.metrics()
    assert shown['eblagh_overdue{limit="deliver",state="over"}'] == 1
    assert shown['eblagh_overdue{limit="deliver",state="soon"}'] == 1
    assert shown['eblagh_overdue{limit="write",state="over"}'] == 0
    assert shown['eblagh_reconcile_findings{code="reconcile.row-gone"}'] == 3
    assert shown["eblagh_overdue_looked_timestamp_seconds"] == shown["eblagh_reconciled_timestamp_seconds"]
    assert shown["eblagh_reconciled_timestamp_seconds"] == NOW.timestamp()


def test_deadlines_that_end_soon_are_counted_by_body(asked: Asked, store: SqlStore) -> None:
    assert not any(name.startswith("eblagh_deadlines") for name in asked.metrics())
    rules = [AlertRule(days=30)]
    admit(store, *(entry(n, state=DeliveryState.DELIVERED, delivered_at=NOW) for n in (1, 2)))
    law = Law(rules=rules_of(legal_files(RULES)), calendar=calendar_of(legal_files(CALENDAR)), province=None)
    look_ahead(store, store.deadlines, law, rules, NOW)
    asked.readings._keep_until = 0
    shown = asked.metrics()
    assert shown['eblagh_deadlines_near{body="article-100"}'] == 2
    assert shown["eblagh_deadlines_looked_timestamp_seconds"] == NOW.timestamp()


def test_how_endpoints_stand_is_told(asked: Asked, store: SqlStore) -> None:
    week = Weekly(days=frozenset(Weekday), begins=time(0), ends=time(0))
    asked.facts = replace(
        GOOD, destination="court", endpoint_policy=EndpointPolicy(rate_limit=RateLimit(per_minute=60, burst=10))
    )
    state = 'eblagh_endpoint_state{{destination="court",state="{}"}}'
    assert asked.metrics()[state.format("closed")] == 1
    assert 'eblagh_endpoint_rests_until_timestamp_seconds{destination="court"}' not in asked.metrics()
    for _ in range(3):
        store.endpoints.update_breaker(
            "court", lambda breaker: breaker.failed(Failure(code="courier.no-answer"), NOW), NOW
        )
    admit(store, *[entry(n) for n in range(5)])
    claim(store, limit=5, now=NOW, rate_limit=asked.facts.endpoint_policy.rate_limit)
    asked.readings._keep_until = 0
    status, reported = asked.ready()
    assert (status, reported["checks"]["endpoint"]["code"]) == (503, "endpoint.resting")
    assert reported["endpoints"] == [
        {
            "destination": "court",
            "state": "open",
            "until": "2026-02-03T09:00:30.000000Z",
            "failures": 3,
            "code": "courier.no-answer",
        }
    ]
    shown = asked.metrics()
    assert (shown[state.format("open")], shown[state.format("closed")]) == (1, 0)
    assert shown['eblagh_endpoint_failures{destination="court"}'] == 3
    assert shown['eblagh_endpoint_alarm{destination="court"}'] == 1
    assert shown['eblagh_endpoint_rests_until_timestamp_seconds{destination="court"}'] == NOW.timestamp() + 30
    assert shown['eblagh_endpoint_ration_used_ratio{destination="court"}'] == 0.5

    asked.facts = replace(asked.facts, endpoint_policy=EndpointPolicy(maintenance=[week]))
    status, reported = asked.ready()
    assert (status, reported["checks"]["endpoint"], reported["endpoints"][0]["state"]) == (
        200,
        {"ok": True},
        "maintenance",
    )
    assert asked.metrics()[state.format("maintenance")] == 1


def test_scrapes_do_not_each_ask_the_store(asked: Asked, store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.web.facts.READ_AGAIN_SECONDS", 3600.0)
    tallies = store.tallies

    class Counted:
        readings = 0

        def counts(self) -> dict[str, int]:
            Counted.readings += 1
            return tallies.counts()

        def __getattr__(self, name: str) -> Any:
            return getattr(tallies, name)

    store.tallies = Counted()  # type: ignore[assignment]
    for _ in range(20):
        asked.metrics()
    assert Counted.readings == 1


def test_a_store_that_hangs_keeps_one_scrape_waiting_and_no_other(asked: Asked, store: SqlStore) -> None:
    asked.metrics()
    hanging, release, tallies = Event(), Event(), store.tallies

    class Hanging:
        def counts(self) -> dict[str, int]:
            hanging.set()
            release.wait(PATIENCE)
            return tallies.counts()

        def __getattr__(self, name: str) -> Any:
            return getattr(tallies, name)

    store.tallies = Hanging()  # type: ignore[assignment]
    asked.readings._keep_until = 0
    waiting = Thread(target=asked.metrics)
    waiting.start()
    assert hanging.wait(PATIENCE)
    asked.now = NOW + timedelta(minutes=2)
    status, reported = asked.ready()
    release.set()
    waiting.join()
    assert (status, reported["checks"]["store"]["detail"]) == (503, "does not answer")


def test_a_store_that_is_slow_is_read_less_often_and_answers_all_the_same(asked: Asked) -> None:
    assert asked.ready()[0] == 200
    asked.readings._keep_until = float("inf")  # as after a reading that took ten minutes
    asked.now = NOW + timedelta(minutes=90)
    asked.facts = replace(GOOD, certificates={})
    assert asked.ready()[0] == 200


def test_a_store_that_failed_slowly_is_soon_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([100.0, 100.0, 100.0, 130.0, 130.0])
    monkeypatch.setattr("adapters.web.facts.time.monotonic", lambda: next(clock))
    readings = Readings(Away, lambda: NOW)  # type: ignore[arg-type]
    assert readings.last().error is not None
    assert readings._keep_until == 130 + 60


def test_the_page_shows_every_metric() -> None:
    page = (Path(__file__).parents[2] / "docs/operate/operations.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `eblagh_([a-z_]+)` \| ([^|]*) \|", page, re.MULTILINE))
    made = {shown.name: shown.labels for shown in SHOWN} | {DURATIONS[0]: DURATIONS[1]}
    assert rows == {name: ", ".join(f"`{label}`" for label in labels) or "–" for name, labels in made.items()}


def test_labels_are_few() -> None:
    allowed = {
        "version",
        "python",
        "state",
        "destination",
        "of",
        "pass",
        "source",
        "outcome",
        "code",
        "result",
        "limit",
        "way",
        "taking",
        "body",
    }
    assert {label for shown in SHOWN for label in shown.labels} <= allowed | {"certificate"}
