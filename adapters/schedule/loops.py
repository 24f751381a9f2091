"""Runs passes on their schedules, in threads of one process; no pass ever overlaps itself.

The one place that may swallow an error: it logs it, counts it and goes on, so that a case database that is away does
not stop receipts.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from gateway.errors import GatewayError
from gateway.report import PassReport

Pass = Callable[[], PassReport]
_log = structlog.get_logger(__name__)

# A pass that takes longer than its interval skips a turn: that is the design, and no warning.
logging.getLogger("apscheduler").setLevel(logging.ERROR)


class Loops:
    """A running schedule. ``errors`` holds those of each pass's last run."""

    def __init__(self, passes: Mapping[str, Pass], every: Mapping[str, timedelta]) -> None:
        self.errors: dict[str, list[GatewayError]] = {name: [] for name in passes}
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(len(passes))},
            job_defaults={"max_instances": 1, "coalesce": True, "misfire_grace_time": None},
        )
        for name, run in passes.items():
            self._scheduler.add_job(
                self._run,
                "interval",
                args=(name, run),
                id=name,
                seconds=every[name].total_seconds(),
                next_run_time=datetime.now(UTC),
            )

    def start(self) -> None:
        self._scheduler.start()

    def stop(self) -> None:
        """Let running passes finish, and start no other."""
        self._scheduler.shutdown(wait=True)

    def _run(self, name: str, run: Pass) -> None:
        try:
            report = run()
        except GatewayError as error:
            report = PassReport(name, errors=[error])
        except Exception as error:
            _log.exception("pass broken", run=name)
            report = PassReport(name, errors=[GatewayError("pass.broken", where=name, detail=type(error).__name__)])
        for problem in report.errors:
            _log.warning("pass failed", run=name, code=problem.code, where=problem.where, detail=problem.detail)
        if not report.idle:
            _log.info("pass done", run=name, **report.counts)
        self.errors[name] = report.errors
