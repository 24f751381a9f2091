"""The task that looks for deadlines that end soon, if the configuration asks for alarms of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.schedule.task import Task
from gateway.overview.deadlines.deadline_alerts import LOOKED, AlertRule, NearDays, known_near_days, look_ahead
from gateway.runtime.may_continue import MayContinue
from gateway.runtime.pass_report import PassReport

if TYPE_CHECKING:
    from adapters.composition.installation import Installation
    from adapters.settings import Settings


def alert_rules(settings: Settings) -> list[AlertRule]:
    return [
        AlertRule(days=each.days, bodies=frozenset(each.bodies), kinds=frozenset(each.kinds))
        for each in settings.legal.alerts
    ]


def deadline_alerts_tasks(installation: Installation) -> list[Task]:
    """Return the task; none without ``[[legal.alerts]]``."""
    rules, store = alert_rules(installation.settings), installation.store()

    def run(may_continue: MayContinue) -> PassReport:  # noqa: ARG001 - one query of an index
        return look_ahead(store, store.deadlines, installation.laws().at(None), rules, installation.clock())

    return [Task(kind="overdue", source=LOOKED, run=run)] if rules else []


def near_days_of(installation: Installation) -> NearDays | None:
    """Return the alarms ahead of deadlines that stand now; None if the configuration asks for none."""
    if not installation.settings.legal.alerts:
        return None
    return known_near_days(installation.store().rows, installation.clock())
