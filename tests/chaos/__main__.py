"""The command: `python -m tests.chaos [--against tickets] [--notices N] [--seed S] [--minutes M] [--json]`."""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import time
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path

import pytest

from tests import debian
from tests.databases import open_folder
from tests.examples.installation import install_packages
from tests.examples.peyk import EXAMPLE, NEEDED

from .cluster import BATCH, LATENCY, Cluster, Gateways
from .plan import RATE, Disturbance, Plan
from .run import Outcome, chaos
from .service_plan import ServiceDisturbance, plan_of
from .ticket_cluster import TicketCluster

TROUBLE = 0.6
"""Share of the time for trouble; an idle machine needs the rest for settling, and for what stands around it."""

STALLED_SECONDS = 180.0
"""Nothing has moved for so long: a lease and the settling time are seconds, a busy machine makes them more."""

LAST_RESORT = 6
"""So many times the time that was given, whatever hangs, this process ends, and every other one with it."""


SANDBOX, TICKETS = "sandbox", "tickets"
NOTICES = {SANDBOX: 10_000, TICKETS: 1000}
"""Notices of a run of ten minutes. The service with tickets takes one in a message, on one core."""


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    options.add_argument(
        "--against",
        choices=list(NOTICES),
        default=SANDBOX,
        help="our sandbox, or the service of examples/soap_login_tickets, which needs node, npm and openssl",
    )
    options.add_argument("--notices", type=int)
    options.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    options.add_argument(
        "--minutes",
        type=float,
        default=10.0,
        help="about so long on an idle machine; the time of trouble is a fixed share of it",
    )
    options.add_argument("--batch", type=int, default=BATCH, help="notices in a message to our sandbox")
    options.add_argument(
        "--rate", type=float, default=RATE, help="share of calls to our sandbox that go wrong; each makes calls fewer"
    )
    options.add_argument("--meets", type=int, default=1, help="messages to our sandbox under way at a kill, at least")
    options.add_argument(
        "--latency", type=float, default=LATENCY.total_seconds(), help="seconds until an answer of our sandbox arrives"
    )
    options.add_argument("--dir", type=Path, help="a new folder to work in, which is left to look at")
    options.add_argument("--json", action="store_true", help="one object as the last line")
    given = options.parse_args()
    against, seconds = given.against, given.minutes * 60
    notices = given.notices or NOTICES[against]
    plan = (Plan.of if against == SANDBOX else plan_of)(given.seed, notices, seconds * TROUBLE)
    print(f"seed {plan.seed}: python -m tests.chaos --against {against} --seed {plan.seed} ", end="")
    print(f"--notices {plan.notices} --batch {given.batch} --meets {given.meets} --rate {given.rate:g} ", end="")
    print(f"--latency {given.latency:g} --minutes {given.minutes:g}", flush=True)
    signal.signal(signal.SIGALRM, _over)
    signal.alarm(int(seconds * LAST_RESORT))
    started = time.monotonic()
    with nullcontext(given.dir) if given.dir else open_folder() as folder:
        folder.mkdir(exist_ok=True)
        try:
            if against == SANDBOX:
                cluster: Gateways = Cluster(
                    folder,
                    plan,
                    batch=given.batch,
                    meets=given.meets,
                    latency=timedelta(seconds=given.latency),
                    rate=given.rate,
                )
            else:
                cluster = tickets_in(folder, plan)
        except pytest.skip.Exception as absent:
            print(f"left out: {absent}")
            return int(debian.REQUIRED in os.environ)
        outcome = chaos(cluster, plan, STALLED_SECONDS, lambda line: print(line, flush=True))
    outcome.seconds = time.monotonic() - started
    if given.json:
        print(json.dumps(as_object(outcome)))
    else:
        print(as_table(outcome))
    return 0 if outcome.good else 1


def tickets_in(folder: Path, plan: Plan) -> TicketCluster:
    """Install the service with tickets in ``folder``. Skips, as a test does, where that cannot be done."""
    if debian.absent(*NEEDED):
        pytest.skip(debian.reason(*NEEDED))
    return TicketCluster(folder, plan, install_packages(EXAMPLE, folder / EXAMPLE))


def _over(*_: object) -> None:
    raise TimeoutError("chaos took longer than it may")


def as_object(outcome: Outcome) -> dict[str, object]:
    verdict = outcome.verdict
    return {
        "seed": outcome.plan.seed,
        "notices": verdict.rows,
        "faults": outcome.faults,
        "kills": outcome.done[Disturbance.KILL],
        "under_way_at_kills": [met.of_all for met in outcome.under_way],
        "under_way_of_the_killed": [met.of_the_killed for met in outcome.under_way],
        "database_restarts": outcome.done[Disturbance.RESTART] + outcome.done[Disturbance.CRASH],
        "failovers": outcome.done[Disturbance.FAILOVER],
        "service": {kind: outcome.done[kind] for kind in ServiceDisturbance if outcome.done[kind]},
        "seconds": round(outcome.seconds, 1),
        "settled": outcome.settled is not None,
        "contradictions_told": len(verdict.contradictions),
        "lost": len(verdict.lost),
        "doubled": len(verdict.doubled),
        "wrong": len(verdict.wrong),
    }


def _spread(numbers: list[int]) -> str:
    return f"{sum(numbers)}, up to {max(numbers, default=0)} at one"


def as_table(outcome: Outcome) -> str:
    verdict, done = outcome.verdict, outcome.done
    rows = [("notices", str(verdict.rows)), ("faults", str(sum(outcome.faults.values())))]
    rows += [(f"  {name}", str(count)) for name, count in outcome.faults.items()]
    rows += [(kind, str(done[kind])) for kind in ServiceDisturbance if done[kind]]
    rows += [(f"kills while notices were {state}", str(number)) for state, number in sorted(outcome.met.items())]
    settled = f"{outcome.settled:.0f} s" if outcome.settled is not None else "not in time"
    rows += [
        ("kills", str(done[Disturbance.KILL])),
        ("messages under way at these", _spread([met.of_all for met in outcome.under_way])),
        ("  of the killed process", _spread([met.of_the_killed for met in outcome.under_way])),
        ("database restarts", f"{done[Disturbance.RESTART]} fast, {done[Disturbance.CRASH]} by SIGKILL"),
        ("failovers", str(done[Disturbance.FAILOVER])),
        ("processes that ended by themselves", str(outcome.ended_by_themselves)),
        ("contradictions that a person was told", str(len(verdict.contradictions))),
        ("seconds", f"{outcome.seconds:.0f}"),
        ("settled after trouble in", settled),
        ("lost", str(len(verdict.lost))),
        ("doubled", str(len(verdict.doubled))),
        ("wrongly ended", str(len(verdict.wrong))),
    ]
    width = max(len(name) for name, _ in rows)
    lines = [f"{name.ljust(width)}  {value}" for name, value in rows]
    for what in ("lost", "doubled", "wrong"):
        found = getattr(verdict, what)
        lines += [f"{what}: {line}" for line in found[:20]]
        lines += [f"{what}: and {len(found) - 20} more"] if len(found) > 20 else []
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
