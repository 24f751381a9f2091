"""One run: trouble by the plan, then peace until everything has settled, then the comparison."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from tests.acceptance.service import until

from .cluster import Gateways, Met
from .ledgers import Verdict
from .plan import PROCESSES, Disturbance, Event, Plan

TICK = 0.1
LEAST_PEACE = 12.0
"""Seconds; more than a lease and the settling time."""

SHARE_WITH_NEW_ROWS = 0.8
"""Rows come through so much of the time of trouble."""


@dataclass(slots=True)
class Outcome:
    """Report of a run."""

    plan: Plan
    done: Counter[StrEnum] = field(default_factory=Counter)
    met: Counter[str] = field(default_factory=Counter)
    """Kills of a process while there were notices in a state, by that state."""
    under_way: list[Met] = field(default_factory=list)
    """Messages under way, for each kill of a process."""
    ended_by_themselves: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    settled: float | None = None
    """Time from the end of trouble to rest; None if it did not come to rest in time."""
    verdict: Verdict = field(default_factory=Verdict)

    @property
    def good(self) -> bool:
        return self.settled is not None and self.verdict.good


class Run:
    """``patience`` is how many seconds may pass in peace without any row showing another state."""

    def __init__(self, cluster: Gateways, plan: Plan, patience: float, say: Callable[[str], None]) -> None:
        self._cluster, self._plan, self._patience, self._say = cluster, plan, patience, say
        self.outcome = Outcome(plan)
        self._starts: list[float] = []
        self._began = time.monotonic()

    def __call__(self) -> Outcome:
        for _ in range(PROCESSES):
            self._cluster.start_node()
        # Before that, kills would meet nothing on a machine under load.
        until(lambda: all(node.works or not node.lives for node in self._cluster.nodes), "the beginning")
        self._trouble()
        self._cluster.judiciary_goes()
        self._settle()
        self._end()
        return self.outcome

    @property
    def _now(self) -> float:
        return time.monotonic() - self._began

    def _trouble(self) -> None:
        self._began = time.monotonic()
        events, plan = list(self._plan.events), self._plan
        # Each event comes, however late: a database that restarts slowly keeps the ones behind it waiting.
        while self._now < plan.trouble or events or self._cluster.is_disturbed or self._cluster.awaits_faults():
            done = 1 - (len(events) - 1) / len(plan.events)
            self._let_rows_come(done if self._cluster.rows_follow_events else 1.0)
            if events and events[0].at <= self._now and self._cluster.is_ready_for(events[0]):
                self._do(events.pop(0))
            self._keep_going()
            time.sleep(TICK)
        self._cluster.cases.add(self._cluster.cases.waiting)

    def _let_rows_come(self, most: float) -> None:
        """Let rows come that are due, up to a share of ``most``."""
        share = min(1.0, most, self._now / (self._plan.trouble * SHARE_WITH_NEW_ROWS))
        due = int(self._plan.notices * share) - (self._plan.notices - self._cluster.cases.waiting)
        if due >= min(20, self._cluster.cases.waiting) > 0:
            self._cluster.cases.add(due)

    def _do(self, event: Event) -> None:
        self._say(str(event))
        match event.disturbance:
            case Disturbance.KILL:
                self.outcome.met.update(self._cluster.states())
                self.outcome.under_way.append(self._cluster.kill(event.process))
                self._starts.append(self._now + event.pause)
            case Disturbance.RESTART | Disturbance.CRASH:
                (self._cluster.server.stop if event.disturbance is Disturbance.RESTART else self._cluster.server.kill)()
                time.sleep(event.pause)
                self._cluster.server.start()
            case Disturbance.FAILOVER:
                self._cluster.fail_over()
            case _:
                self._cluster.disturb(event)
        self.outcome.done[event.disturbance] += 1

    def _keep_going(self) -> None:
        """Start what shall take the place of another one, as a supervisor would."""
        self._cluster.tick()
        for node in [node for node in self._cluster.nodes if not node.lives]:
            self._cluster.nodes.remove(node)
            self.outcome.ended_by_themselves += 1
            self._say(
                f"{self._now:6.1f} s  process {node.number} ended with {node.process.returncode}: {node.last_line()}"
            )
            self._starts.append(self._now + 1)
        while (self._starts and min(self._starts) <= self._now) or not self._cluster.nodes:
            if self._starts:
                self._starts.remove(min(self._starts))
            self._cluster.start_node()

    def _settle(self) -> None:
        self.outcome.settled = settled(self._cluster, self._patience, self._keep_going)

    def _end(self) -> None:
        for code in self._cluster.end_nodes():
            if code:
                self.outcome.verdict.wrong.append(f"a process ended with {code}")
        self.outcome.faults = self._cluster.faults()
        ends = self.outcome.verdict.wrong
        self.outcome.verdict = self._cluster.verdict()
        self.outcome.verdict.wrong += ends
        self.outcome.seconds = self._now


def settled(cluster: Gateways, patience: float, meanwhile: Callable[[], None] = lambda: None) -> float | None:
    """Return how many seconds it took until every notice was where it belongs; None if nothing moved for
    ``patience`` seconds before that."""
    peace = moved = time.monotonic()
    shown = cluster.cases.shown()
    while time.monotonic() - moved < patience:
        meanwhile()
        time.sleep(TICK * 5)
        before, shown = shown, cluster.cases.shown()
        if shown != before:
            moved = time.monotonic()
        # Whatever would be sent once more by then, has been.
        if time.monotonic() - peace > LEAST_PEACE and cluster.cases.at_their_end():
            return time.monotonic() - peace
    return None


def chaos(cluster: Gateways, plan: Plan, patience: float, say: Callable[[str], None]) -> Outcome:
    """Run ``plan``; leave no process, whatever happens."""
    try:
        return Run(cluster, plan, patience, say)()
    finally:
        cluster.close()
