"""The command: `python -m tests.crash_matrix`. Kills a gateway at each boundary and lists what came of it. With
``--every``, at each occurrence of a boundary instead of its first."""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict

from gateway.notice.delivery_state import TRANSITIONS, DeliveryEvent, DeliveryState
from tests import databases

from .life import ELSEWHERE, FEW_CALLS
from .matrix import DATABASES, Transition, chosen, killed, undisturbed


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m tests.crash_matrix", description=__doc__)
    options.add_argument("--database", choices=DATABASES, action="append", help="left out: each")
    options.add_argument("--part", type=int, default=0, help="which of --parts, from 0")
    options.add_argument("--parts", type=int, default=1)
    options.add_argument("--every", action="store_true", help="each occurrence of a boundary, which takes a while")
    options.add_argument("--calls", type=int, default=FEW_CALLS, help="calls under way at a time")
    options.add_argument("--only", default="", help="boundaries whose name holds these words")
    options.add_argument("--list", action="store_true", help="find them, and kill nobody")
    options.add_argument("--blind", action="store_true", help="with doubt switched off: this must go red")
    options.add_argument("--json", action="store_true", help="one object as the last line")
    given = options.parse_args()
    if given.blind:
        # Each process of the gateway is a copy of this one.
        TRANSITIONS[DeliveryState.SENDING, DeliveryEvent.LEASE_EXPIRY] = DeliveryState.QUEUED
    verdicts: dict[str, dict[str, list[str]]] = defaultdict(dict)
    met: set[Transition] = set()
    for database in given.database or DATABASES:
        places, result = undisturbed(database, given.calls)
        verdicts["no kill"][database] = result.problems
        met |= result.transitions
        wanted = [(n, name) for n, name in chosen(places, every=given.every) if given.only in name]
        for number, boundary in wanted[given.part :: given.parts]:
            if given.list:
                verdicts[boundary][database] = []
                continue
            result = killed(database, number, boundary, given.calls)
            met |= result.transitions
            verdicts[boundary].setdefault(database, []).extend(f"at {number}: {each}" for each in result.problems)
    databases.AT_END.close()
    if given.json:
        unmet = sorted(f"{state} {event}" for state, event in TRANSITIONS.keys() - met - ELSEWHERE)
        print(json.dumps({"boundaries": verdicts, "unmet": unmet}))
    else:
        print(as_table(verdicts, given.database or DATABASES))
    return 1 if any(problems for by in verdicts.values() for problems in by.values()) else 0


def as_table(verdicts: dict[str, dict[str, list[str]]], names: tuple[str, ...]) -> str:
    width = max(map(len, verdicts))
    lines = [" ".join(["boundary".ljust(width), *(name.ljust(10) for name in names)])]
    for boundary, by in verdicts.items():
        words = ["–" if name not in by else "RED" if by[name] else "green" for name in names]
        lines.append(" ".join([boundary.ljust(width), *(word.ljust(10) for word in words)]))
        lines += [f"    {name}: {problem}" for name in names for problem in by.get(name, [])]
    red = sum(any(by.values()) for by in verdicts.values())
    return "\n".join([*lines, f"{len(verdicts) - 1} boundaries, {red} red"])


if __name__ == "__main__":
    sys.exit(main())
