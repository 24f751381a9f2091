"""Record of a campaign: a file that adds up thousands of seeds, so that a later command goes on where one ended."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from .campaign import Campaign
from .coverage import Coverage

PART: Final = 1000
"""Seeds that the record keeps together."""

RECORDED: Final = Path(__file__).with_name("campaign.json")
"""The record whose page is docs/design/simulation-coverage.md."""


@dataclass(slots=True)
class CampaignRecord:
    """Sum of the parts in which no seed failed. ``parts`` are first seed -> hash over the traces of `PART` seeds.

    Who repeats a part on the same state of the product finds the same hash.
    """

    parts: dict[int, str] = field(default_factory=dict)
    found: Campaign = field(default_factory=Campaign)

    def missing(self, first: int, seeds: int) -> Iterator[range]:
        """Yield the parts among so many seeds that were not run yet."""
        for start in range(first, first + seeds, PART):
            if start not in self.parts:
                yield range(start, start + PART)

    def add(self, part: range, found: Campaign) -> None:
        self.parts[part.start] = found.traces
        self.found.join(found)


def read(path: Path) -> CampaignRecord:
    """Read a record; where there is no file, nothing was run."""
    if not path.exists():
        return CampaignRecord()
    kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return CampaignRecord(
        parts={int(first): traces for first, traces in kept["parts"].items()},
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
        "parts": dict(sorted(record.parts.items())),
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
