"""Seeds over the tree that is imported, until one breaks an invariant: `python -m tests.simulation.mutants.trial`.

The runner calls it in a copy of the tree; it prints one line of JSON.
"""

from __future__ import annotations

import json
import sys
import time
from itertools import count, islice

from tests.simulation.__main__ import STORES
from tests.simulation.campaign import quiet
from tests.simulation.plan import plan_of
from tests.simulation.run import run


def main(store: str, every: int, needs: str, seeds: int) -> None:
    quiet()
    began = time.process_time()
    found: dict[str, object] = {"found_by": "", "seeds": seeds, "detail": ""}
    chosen = (seed for seed in count(step=every) if needs == "-" or _has(seed, needs))
    for number, seed in enumerate(islice(chosen, seeds)):
        violations = run(seed, database=STORES[store]).violations
        if violations:
            found = {"found_by": violations[0].invariant, "seeds": number + 1, "detail": violations[0].detail}
            break
    print(json.dumps({**found, "cpu": round(time.process_time() - began, 1)}))


def _has(seed: int, kind: str) -> bool:
    return any(fault.kind == kind for fault in plan_of(seed).faults)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
