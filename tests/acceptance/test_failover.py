"""Three `serve` processes on a primary with a synchronous standby: the primary is killed in the middle of a run, the
standby promoted, and every notice comes to its end, submitted once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.postgres_standby import Pair

from .conftest import Program
from .fleet import NOTICES, Fleet, fleet_of, sent_by
from .service import TROUBLE, Service, serving, until

pytestmark = [pytest.mark.slow, TROUBLE]

PASSES = "collect,dispatch,rescue,receipts,writeback"


@pytest.fixture
def pair_fleet(prepared_for_many: Path, program: Program) -> Iterator[Fleet[Pair]]:
    with fleet_of(prepared_for_many, program, Pair) as made:
        yield made


def test_a_primary_that_is_killed_in_the_middle_of_a_run_loses_and_doubles_nothing(pair_fleet: Fleet[Pair]) -> None:
    fleet, pair = pair_fleet, pair_fleet.server
    fleet.stop_everything(True)
    with ExitStack() as stack:
        services = [
            stack.enter_context(serving(fleet.directory, "--roles", f"{PASSES},web", name=name)) for name in "abc"
        ]
        fleet.stop_everything(False)
        until(lambda: fleet.arrived() > NOTICES / 10, "the first answers")
        fleet.sandbox.hang()
        until(fleet.in_the_air, "a batch on its way")
        pair.primary.kill()
        # The answer comes, and cannot be recorded.
        fleet.sandbox.go_on()
        for service in services:
            until(lambda s=service: s.ready()[0] == 503 and s.check("store"), "the end of readiness")
        before = [sent_by(service) for service in services]
        pair.standby.promote()

        until(lambda: all(service.ready()[0] == 200 for service in services), "their return")
        until(fleet.finished, "the end of every notice")
        fleet.assert_totals_agree()
        assert sum(sent_by(service) for service in services) > sum(before), "they went on"
        for service in services:
            assert not service.events("pass broken")
            assert service.end() == 0
    fleet.assert_nothing_is_held()


def test_a_standby_that_is_gone_stops_the_work_and_its_return_lets_it_go_on(pair_fleet: Fleet[Pair]) -> None:
    """Nothing is promised that the standby does not have, so nothing is begun; it is told as what it is."""
    fleet, pair = pair_fleet, pair_fleet.server
    (config := fleet.directory / "gateway.toml").write_text(
        config.read_text().replace("[gateway]\n", "[gateway]\nstore_timeout_seconds = 2\n", 1)
    )
    with serving(fleet.directory) as service:
        until(lambda: fleet.arrived() > NOTICES / 10, "the first answers")
        pair.standby.kill()
        until(lambda: service.check("store") == "store.standby", "the code")
        assert service.metrics()["eblagh_store_writable"] == 0
        until(lambda: service.events("pass failed", run="dispatch", code="store.standby"), "its failure")
        # Answers of what was sent before are recorded, or are not; then no turn takes another batch.
        more_runs(service)
        held, sent = fleet.states().get("SENDING", 0), fleet.ledger()
        more_runs(service)
        assert fleet.states().get("SENDING", 0) <= held
        assert fleet.ledger() == sent, "nothing was sent"

        pair.standby.start()
        until(lambda: service.ready()[0] == 200, "readiness")
        assert service.metrics()["eblagh_store_writable"] == 1
        until(fleet.finished, "the end of every notice")
        fleet.assert_totals_agree()
        assert service.end() == 0


def more_runs(service: Service) -> None:
    """Return when dispatch had some more turns, all of which failed."""

    def failed() -> float:
        return service.metrics()['eblagh_pass_failures_total{pass="dispatch",source=""}']

    before = failed()
    until(lambda: failed() > before + 2, "some turns")
