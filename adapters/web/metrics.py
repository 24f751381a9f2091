"""Metrics: every name, and its values made from facts. `docs/operate/operations.md` shows the same table.

Labels are states, destinations, sources, bodies, passes, codes and names of our certificates. All of them come from the
code or the configuration, so that there are few; never anything of a person or a notice.
"""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric, SummaryMetricFamily
from prometheus_client.registry import Collector

from adapters.web.facts import Facts, Reading, endpoints
from adapters.web.proof_metrics import PROOF
from adapters.web.push_metrics import PUSHES
from adapters.web.shown import Seen, Shown, Values, one, since_epoch
from gateway.judiciary.endpoint_status import STATES, EndpointView
from gateway.judiciary.pass_statistics import Record
from gateway.notice.delivery_state import DeliveryState
from gateway.runtime.clock import Clock

PASS = ("pass", "source")


def _records(value: Callable[[Record], float | None]) -> Callable[[Seen], Values]:
    def values(seen: Seen) -> Values:
        found = [((record.kind, record.source), value(record)) for record in seen.facts.records]
        return [(labels, number) for labels, number in found if number is not None]

    return values


def _outcomes(seen: Seen) -> Values:
    total: Counter[tuple[str, ...]] = Counter()
    for record in seen.facts.records:
        for outcome, count in record.counts.items():
            total[record.kind, outcome] += count
    return total.items()


def _endpoints(value: Callable[[EndpointView], float | None]) -> Callable[[Seen], Values]:
    def values(seen: Seen) -> Values:
        found = [(view.breaker.destination, value(view)) for view in endpoints(seen.facts, seen.reading, seen.now)]
        return [((destination,), number) for destination, number in found if number is not None]

    return values


def _time(moment: datetime | None) -> Values:
    return one(moment.timestamp()) if moment else ()


def _known(reading: Reading, name: str) -> Values:
    return one(reading.counts[name]) if name in reading.counts else ()


SHOWN = (
    Shown(
        name="build_info",
        labels=("version", "python"),
        meaning="the program that runs; always 1",
        values=lambda seen: [((seen.facts.version, platform.python_version()), 1)],
    ),
    Shown(
        name="started_timestamp_seconds",
        labels=(),
        meaning="when this process began",
        values=lambda seen: one(seen.facts.started_at.timestamp()),
    ),
    Shown(
        name="store_up",
        labels=(),
        meaning="1 while the gateway's database answers; what else is told of it is left out otherwise",
        values=lambda seen: one(seen.reading.error is None),
    ),
    Shown(
        name="store_writable",
        labels=(),
        meaning="0 while this process's last write to it, or to its payloads, and a trial since, failed",
        values=lambda seen: one(seen.reading.unwritable is None),
    ),
    Shown(
        name="store_read_timestamp_seconds",
        labels=(),
        meaning="when the database was last asked for what is told here",
        values=lambda seen: one(seen.reading.read_at.timestamp()),
    ),
    Shown(
        name="notices",
        labels=("state",),
        meaning="notices by state",
        values=lambda seen: [
            ((s.value,), seen.reading.counts[s.value]) for s in DeliveryState if s.value in seen.reading.counts
        ],
    ),
    Shown(
        name="waiting_notices",
        labels=("destination", "state"),
        meaning="notices in a state that is not final",
        values=lambda seen: [((b.destination, b.state.value), b.count) for b in seen.reading.backlog],
    ),
    Shown(
        name="held_notices",
        labels=("destination", "state"),
        meaning="those of them that a person holds",
        values=lambda seen: [((b.destination, b.state.value), b.held) for b in seen.reading.backlog],
    ),
    Shown(
        name="waiting_oldest_age_seconds",
        labels=("destination", "state"),
        meaning="how long the oldest of them has stood in its state",
        values=lambda seen: [
            ((b.destination, b.state.value), (seen.now - b.oldest).total_seconds()) for b in seen.reading.backlog
        ],
    ),
    Shown(
        name="lag_seconds",
        labels=("of",),
        meaning="how long the oldest has waited that should not: unwritten, refusal (to the case database), receipt"
        " (to be applied), unplaced (evidence, for its place in the tree)",
        values=lambda seen: [
            ((name,), (seen.now - since).total_seconds()) for name, since in seen.reading.oldest.items()
        ],
    ),
    Shown(
        name="overdue",
        labels=("limit", "state"),
        meaning="notices that are late by a limit (over), or soon will be (soon), when that was last looked at",
        values=lambda seen: seen.reading.last.late.items(),
    ),
    Shown(
        name="overdue_looked_timestamp_seconds",
        labels=(),
        meaning="when the limits were last looked at",
        values=lambda seen: _time(seen.reading.last.overdue_at),
    ),
    Shown(
        name="deadlines_near",
        labels=("body",),
        meaning="deadlines that end soon, by the days of legal.alerts, when that was last looked at",
        values=lambda seen: [((body,), count) for body, count in seen.reading.near.by_body().items()],
    ),
    Shown(
        name="deadlines_looked_timestamp_seconds",
        labels=(),
        meaning="when deadlines that end soon were last looked for",
        values=lambda seen: _time(seen.reading.near.at),
    ),
    Shown(
        name="reconcile_findings",
        labels=("code",),
        meaning="what the last whole reconciliation found, by its code (docs/operate/reconciliation.md)",
        values=lambda seen: [((code,), count) for code, count in seen.reading.last.found.items()],
    ),
    Shown(
        name="reconciled_timestamp_seconds",
        labels=(),
        meaning="when the last whole reconciliation began",
        values=lambda seen: _time(seen.reading.last.reconciled_at),
    ),
    Shown(
        name="refused_rows",
        labels=(),
        meaning="rows whose present version is refused",
        values=lambda seen: _known(seen.reading, "refused"),
    ),
    Shown(
        name="quarantined",
        labels=(),
        meaning="open items of the quarantine",
        values=lambda seen: _known(seen.reading, "quarantined"),
    ),
    Shown(
        name="stopped",
        labels=(),
        meaning="1 while a person has stopped everything",
        values=lambda seen: (
            () if seen.reading.error else one(seen.reading.switch is not None and seen.reading.switch.stopped)
        ),
    ),
    Shown(
        name="recovery",
        labels=(),
        meaning="1 while nothing is sent that was not asked about: the store was restored or made anew",
        values=lambda seen: () if seen.reading.error else one(seen.reading.recovery is not None),
    ),
    Shown(
        name="unasked_notices",
        labels=(),
        meaning="notices that are to be asked about before they are sent, since a recovery began",
        values=lambda seen: _known(seen.reading, "unasked"),
    ),
    Shown(
        name="endpoint_state",
        labels=("destination", "state"),
        meaning="1 for how the endpoint stands, 0 for the others: closed (called as usual), half-open (one call tries"
        " it), open (it rests), maintenance",
        values=lambda seen: [
            ((view.breaker.destination, state), view.state == state)
            for view in endpoints(seen.facts, seen.reading, seen.now)
            for state in STATES
        ],
    ),
    Shown(
        name="endpoint_failures",
        labels=("destination",),
        meaning="calls in a row without an answer that can be believed",
        values=_endpoints(lambda view: view.breaker.failures),
    ),
    Shown(
        name="endpoint_alarm",
        labels=("destination",),
        meaning="1 while somebody must act: it was called in vain so often, or asks for so long, that it was told",
        values=_endpoints(lambda view: view.breaker.alarmed),
    ),
    Shown(
        name="endpoint_rests_until_timestamp_seconds",
        labels=("destination",),
        meaning="when it is called again; left out while it is called",
        values=_endpoints(lambda view: since_epoch(view.until)),
    ),
    Shown(
        name="endpoint_ration_used_ratio",
        labels=("destination",),
        meaning="share of judiciary.burst that is taken: 1 while nothing more may be sent; left out without a ration",
        values=_endpoints(lambda view: view.ration_used),
    ),
    *PROOF,
    *PUSHES,
    Shown(
        name="outcomes_total",
        labels=("pass", "outcome"),
        meaning="what came of notices, rows, receipts: accepted, rejected, deferred, unknown, refused, …; a run"
        " that an error ended tells none",
        values=_outcomes,
        counts_up=True,
    ),
    Shown(
        name="pass_runs_total",
        labels=PASS,
        meaning="runs that ended",
        values=_records(lambda record: record.runs),
        counts_up=True,
    ),
    Shown(
        name="pass_failures_total",
        labels=PASS,
        meaning="those of them that met an error",
        values=_records(lambda record: record.failures),
        counts_up=True,
    ),
    Shown(
        name="pass_left_total",
        labels=PASS,
        meaning="turns that were not taken: another process holds the duty, a person stopped everything, nothing is"
        " due, or the endpoint is left in peace",
        values=_records(lambda record: record.left),
        counts_up=True,
    ),
    Shown(
        name="pass_running",
        labels=PASS,
        meaning="1 during a run",
        values=_records(lambda record: record.started_at is not None),
    ),
    Shown(
        name="pass_failed_in_a_row",
        labels=PASS,
        meaning="failed runs since the last good one",
        values=_records(lambda record: record.failed_in_a_row),
    ),
    Shown(
        name="pass_last_success_timestamp_seconds",
        labels=PASS,
        meaning="when the last good run ended",
        values=_records(lambda record: since_epoch(record.succeeded_at)),
    ),
    Shown(
        name="pass_alarm",
        labels=PASS,
        meaning="1 while somebody must act: it fails, or does not move, for longer than service.alarm_after_seconds",
        values=lambda seen: [
            ((record.kind, record.source), record.name in seen.facts.alarms) for record in seen.facts.records
        ],
    ),
    Shown(
        name="clock_offset_seconds",
        labels=("of",),
        meaning="how far another clock is ahead of this machine's: store (PostgreSQL), judiciary",
        values=lambda seen: [((of,), offset.estimate.total_seconds()) for of, offset in seen.facts.offsets.items()],
    ),
    Shown(
        name="errors_total",
        labels=("code",),
        meaning="errors met, by their code (docs/reference/errors.md)",
        values=lambda seen: [((code,), count) for code, count in seen.facts.errors.items()],
        counts_up=True,
    ),
    Shown(
        name="reloads_total",
        labels=("result",),
        meaning="reloads of the configuration: good, refused",
        values=lambda seen: [((result,), count) for result, count in seen.facts.reloads.items()],
        counts_up=True,
    ),
    Shown(
        name="configuration_valid",
        labels=(),
        meaning="0 while the configuration file was refused and an older one is in force",
        values=lambda seen: one(seen.facts.refused is None),
    ),
    Shown(
        name="certificate_expiry_timestamp_seconds",
        labels=("certificate",),
        meaning="when our own certificates end",
        values=lambda seen: [((name,), end.timestamp()) for name, end in seen.facts.certificates.items()],
    ),
    Shown(
        name="revocation_list_next_update_timestamp_seconds",
        labels=("certificate",),
        meaning="when the newest revocation list of each authority ends (its name)",
        values=lambda seen: [((name,), end.timestamp()) for name, end in seen.facts.lists.items()],
    ),
)
"""Every metric of ours, except the durations: those are two numbers a label (``_sum`` and ``_count``)."""

DURATIONS = ("pass_duration_seconds", PASS, "how long runs took, in all, and how many there were")


class ServiceCollector(Collector):
    """Collector that makes the metrics anew at each scrape."""

    def __init__(self, facts: Callable[[], Facts], reading: Callable[[], Reading], clock: Clock) -> None:
        self._facts, self._reading, self._clock = facts, reading, clock

    def collect(self) -> Iterator[Metric]:
        seen = Seen(facts=self._facts(), reading=self._reading(), now=self._clock())
        for shown in SHOWN:
            kind = CounterMetricFamily if shown.counts_up else GaugeMetricFamily
            family = kind(f"eblagh_{shown.name}", shown.meaning, labels=shown.labels)
            for labels, value in shown.values(seen):
                family.add_metric(labels, float(value))
            yield family
        name, labels, meaning = DURATIONS
        durations = SummaryMetricFamily(f"eblagh_{name}", meaning, labels=labels)
        for record in seen.facts.records:
            durations.add_metric((record.kind, record.source), count_value=record.runs, sum_value=record.seconds)
        yield durations


def registry_of(collector: Collector) -> CollectorRegistry:
    """Return a registry of our own, with the process's memory and CPU beside our metrics."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(collector)
    ProcessCollector(registry=registry)
    return registry
