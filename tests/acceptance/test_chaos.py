"""Chaos, a short one; `make chaos` is the long one. And that it can fail."""

from __future__ import annotations

import signal

import pytest

from tests.chaos.__main__ import as_table
from tests.chaos.cluster import BATCH, SENDING, Cluster
from tests.chaos.plan import RATE, Disturbance, Plan
from tests.chaos.run import chaos, settled
from tests.databases import open_folder

from .service import PATIENCE, until

pytestmark = [pytest.mark.slow, pytest.mark.long]

SEED = 109

FEW_FAULTS = 0.03
"""Share of calls that go wrong: few, since after each there is one call under way."""


@pytest.mark.exhaustive(group="chaos", keep=1)
@pytest.mark.parametrize(
    ("batch", "meets", "rate"), [(BATCH, 1, RATE), (1, 4, FEW_FAULTS)], ids=["many faults", "many calls"]
)
def test_nothing_is_lost_doubled_or_wrongly_ended(batch: int, meets: int, rate: float) -> None:
    with open_folder() as folder:
        plan = Plan.of(SEED, 300, 40)
        outcome = chaos(Cluster(folder, plan, batch=batch, meets=meets, rate=rate), plan, PATIENCE, print)
    table = as_table(outcome)
    assert outcome.good, table
    assert outcome.verdict.rows == 300
    assert any(outcome.faults.values()), table
    assert min(outcome.done[disturbance] for disturbance in Disturbance) > 0, table
    assert max(met.of_all for met in outcome.under_way) >= meets, table


def test_a_seed_repeats_its_plan() -> None:
    assert Plan.of(SEED, 300, 40) == Plan.of(SEED, 300, 40) != Plan.of(SEED + 1, 300, 40)


@pytest.mark.parametrize("blind", [True, False], ids=["blind", "seeing"])
@pytest.mark.exhaustive(group="chaos", keep=1)
def test_a_gateway_that_sends_again_blindly_is_found(blind: bool) -> None:
    """One is killed while it waits for an answer to what the judiciary has processed already; no receipt is fetched
    that would tell of it."""
    with open_folder() as folder:
        cluster = Cluster(folder, Plan.of(SEED, 40, 0), blind=blind, rate=1.0, kinds=("answer-late",))
        try:
            cluster.start_node(SENDING)
            cluster.cases.add(cluster.cases.waiting)
            [node] = cluster.nodes

            def stopped_before_the_answer() -> bool:
                """Stopped, so that its call does not end before it is killed."""
                node.process.send_signal(signal.SIGSTOP)
                leased = cluster.leased().keys()
                if leased and leased <= cluster.received().keys():
                    return True
                node.process.send_signal(signal.SIGCONT)
                return False

            until(stopped_before_the_answer, "a lost answer")
            node.kill()
            cluster.nodes.clear()
            cluster.judiciary_goes()
            cluster.start_node(SENDING)
            until(lambda: not {"QUEUED", "SENDING", "IN_DOUBT"} & cluster.states(), "the end of sending")
            if blind:  # receipts of two submissions contradict each other, and need not come to one end
                assert cluster.verdict().doubled
                return
            cluster.start_node()
            assert settled(cluster, PATIENCE) is not None
            verdict = cluster.verdict()
        finally:
            cluster.close()
    assert (verdict.doubled, verdict.lost, verdict.wrong) == ([], [], [])
