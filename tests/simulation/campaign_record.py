"""Record of a campaign: a file that adds up thousands of seeds, so that a later command goes on where one ended."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from adapters.shipped.resources import ROOT

from .campaign import Campaign
from .coverage import Coverage

PART: Final = 1000
"""Seeds that the record keeps together."""

RECORDED: Final = Path(__file__).with_name("campaign.json")
"""The record whose page is docs/design/simulation-coverage.md."""


@dataclass(frozen=True, slots=True)
class Part:
    """`PART` seeds in which none failed: the hash over their ``traces``, and the ``commit`` that they ran on.

    Who repeats a part on its commit finds the same hash.
    """

    traces: str
    commit: str


@dataclass(slots=True)
class CampaignRecord:
    """Sum of the parts in which no seed failed, each by its first seed. A corrected product goes on where it stood."""

    parts: dict[int, Part] = field(default_factory=dict)
    found: Campaign = field(default_factory=Campaign)

    def missing(self, first: int, seeds: int) -> Iterator[range]:
        """Yield the parts among so many seeds that were not run yet."""
        for start in range(first, first + seeds, PART):
            if start not in self.parts:
                yield range(start, start + PART)

    def add(self, part: range, found: Campaign, commit: str) -> None:
        self.parts[part.start] = Part(found.traces, commit)
        self.found.join(found)

    def commits(self) -> Counter[str]:
        """Return how many seeds ran on each commit, in the order of the seeds."""
        seeds = Counter[str]()
        for _, part in sorted(self.parts.items()):
            seeds[part.commit] += PART
        return seeds


def present_commit() -> str:
    """Return the short name of the commit that stands in the work tree, with a ``+`` if files were changed since."""
    command = ["git", "-C", str(ROOT), "describe", "--always", "--abbrev=8", "--exclude=*", "--dirty=+"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def read(path: Path) -> CampaignRecord:
    """Read a record; where there is no file, nothing was run."""
    if not path.exists():
        return CampaignRecord()
    kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return CampaignRecord(
        parts={int(first): Part(**part) for first, part in kept["parts"].items()},
        found=Campaign(
            runs=kept["seeds"],
            counts=Counter(kept["counts"]),
            coverage=Coverage(
                transitions=Counter({_edge(name): times for name, times in kept["transitions"].items()}),
                codes=Counter(kept["codes"]),
                faults=Counter({_pair(name): times for name, times in kept["faults"].items()}),
            ),
            seconds=kept["seconds of CPU"],
        ),
    )


def write(record: CampaignRecord, path: Path) -> None:
    found = record.found
    kept = {
        "seeds": found.runs,
        "counts": dict(found.counts),
        "seconds of CPU": round(found.seconds, 1),
        "transitions": {" ".join(edge): times for edge, times in sorted(found.coverage.transitions.items())},
        "codes": dict(sorted(found.coverage.codes.items())),
        "faults": {" at ".join(pair): times for pair, times in sorted(found.coverage.faults.items())},
        "parts": {first: asdict(part) for first, part in sorted(record.parts.items())},
    }
    whole = path.with_suffix(".new")
    whole.write_text(json.dumps(kept, indent=0, ensure_ascii=False) + "\n", encoding="utf-8")
    whole.replace(path)


def _edge(name: str) -> tuple[str, str, str]:
    """Return the state before, the step and the state after; an admission has no state before it."""
    before, step, after = name.split(" ")
    return before, step, after


def _pair(name: str) -> tuple[str, str]:
    kind, _, port = name.partition(" at ")
    return kind, port
