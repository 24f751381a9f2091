"""The database's server goes in the middle of sending and returns: told while it is away, made up for afterwards."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from adapters.sandbox.postgres.postgres_server import PostgresServer

from .fleet import NOTICES, Fleet, counted
from .service import TROUBLE, serving, until

pytestmark = [pytest.mark.slow, TROUBLE, pytest.mark.long]

AWAY = "store.unavailable"


@pytest.mark.parametrize("go", [PostgresServer.stop, PostgresServer.kill], ids=["stopped", "crashed"])
def test_a_server_that_goes_and_returns_loses_and_doubles_nothing(
    fleet: Fleet[PostgresServer], go: Callable[[PostgresServer], None]
) -> None:
    with serving(fleet.directory) as service:
        until(lambda: fleet.arrived() > NOTICES / 10, "the first answers")
        fleet.sandbox.hang()
        until(fleet.in_the_air, "a batch on its way")
        go(fleet.server)
        # The answer comes, and cannot be recorded.
        fleet.sandbox.go_on()
        for run in ("collect", "dispatch", "receipts", "rescue", "writeback"):
            until(lambda run=run: service.events("pass failed", run=run, code=AWAY), f"the failure of {run}")
        until(lambda: service.check("store") == AWAY, "the code")
        assert service.ready()[0] == 503
        metrics = service.metrics()
        assert metrics["eblagh_store_up"] == 0
        assert metrics[f'eblagh_errors_total{{code="{AWAY}"}}'] >= 5
        assert metrics['eblagh_pass_failures_total{pass="dispatch",source=""}'] > 0
        assert service.page("/health/live")[0] == 200

        fleet.server.start()
        until(lambda: service.ready()[0] == 200, "its return")
        assert service.metrics()["eblagh_store_up"] == 1
        until(fleet.finished, "the end of every notice")
        fleet.assert_totals_agree()
        assert counted([service], "rescue")["lease_expired"] > 0, "what could not be recorded is asked about"
        assert not service.events("pass broken")
        assert service.end() == 0
    fleet.assert_nothing_is_held()
