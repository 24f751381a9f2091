"""The command: `python -m tests.notice_model`. Runs every check of the model and prints a table; with ``--story``, the
steps that lead to a violation."""

from __future__ import annotations

import argparse
import sys

from .checks import CHECKS
from .spin import search

HEAD = """\
| check | what it says | expected | states | transitions | MB | CPU s |
| --- | --- | --- | --: | --: | --: | --: |"""


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m tests.notice_model", description=__doc__)
    options.add_argument("checks", nargs="*", help="names of checks; left out: each")
    options.add_argument("--story", action="store_true", help="print the shortest story of each violation")
    given = options.parse_args()
    if unknown := set(given.checks) - {check.name for check in CHECKS}:
        options.error(f"no such check: {', '.join(sorted(unknown))}")
    wrong = []
    print(HEAD)
    for check in CHECKS:
        if given.checks and check.name not in given.checks:
            continue
        verdict = search(check, shortest=given.story and not check.liveness)
        expected = "holds" if check.holds else "found"
        if not verdict.agrees_with(check):
            wrong.append(check.name)
            expected = f"{expected}: **NO**, {verdict.violation or verdict.unreached or 'nothing was found'}"
        numbers = f"{verdict.states:,} | {verdict.transitions:,} | {verdict.megabytes:,} | {verdict.seconds:.1f}"
        print(f"| `{check.name}` | {check.says} | {expected} | {numbers} |", flush=True)
        if given.story:
            print("\n".join(f"{number}. {step}" for number, step in enumerate(verdict.story, start=1)))
    print(f"model: {len(wrong)} wrong: {', '.join(wrong)}" if wrong else "model: everything is as expected")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
