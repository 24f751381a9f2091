"""`make mutants`: break one guard at a time in a copy of the tree, and see who finds it.

python -m tests.simulation.mutants [--only NAME …] [--seeds N] [--write]
"""

from __future__ import annotations

import argparse
import sys

from .copy import copied, tried
from .page import PAGE, keep, page, recorded
from .table import mutants


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m tests.simulation.mutants", description=__doc__)
    arguments.add_argument("--only", action="append", default=[], metavar="NAME", help="these mutants alone")
    arguments.add_argument("--missing", action="store_true", help="those without a recorded result alone")
    arguments.add_argument("--seeds", type=int, default=300, help="most seeds of a mutant")
    arguments.add_argument("--write", action="store_true", help="record the results, and write the page")
    asked = arguments.parse_args()
    known = recorded()
    chosen = [each for each in mutants() if not asked.only or each.name in asked.only]
    chosen = [each for each in chosen if not asked.missing or each.name not in known]
    lost = 0
    with copied() as copy:
        for mutant in chosen:
            result = tried(copy, mutant, asked.seeds)
            lost += not result.found_by
            told = result.found_by or "NOT FOUND"
            head = f"{result.name:40} {result.mode:12} {told:24} {result.seeds:4} seeds {result.cpu:7.1f} s"
            print(f"{head}  {result.detail[:120]}", flush=True)
            if asked.write:
                keep(result)
    if asked.write:
        PAGE.write_text(page(), encoding="utf-8")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
