"""Generated parts of the docs' pages about the simulation: `python -m tests.simulation.page` writes them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from adapters.shipped.resources import ROOT

from .campaign_record import RECORDED, CampaignRecord, read
from .coverage import report
from .invariants.table import INVARIANTS

PAGE: Final[Path] = ROOT / "docs" / "design" / "simulation.md"
BEGIN: Final = "<!-- invariants: `python -m tests.simulation.page` writes them -->\n"
END: Final = "<!-- end of the invariants -->\n"

COVERAGE_PAGE: Final[Path] = PAGE.with_name("simulation-coverage.md")

_HEAD: Final = """\
# What the simulation has met

{figures}. No seed among them breaks an invariant; [simulation.md](simulation.md#figures) tells of those that did on
the way.

    python -m tests.simulation --seeds {seeds} --record tests/simulation/campaign.json

The command adds each thousand seeds to the record, and goes on where an earlier one ended, also after the product was
changed. The record has the commit of each thousand, and a hash over its traces: who repeats a thousand on its commit
finds the same hash.

| commit | seeds |
| --- | ---: |
{commits}

Made from the record by `python -m tests.simulation.page`; a test compares the two.
"""


def written(text: str) -> str:
    """Return the page with the present table."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    rows = "".join(f"| `{name}` | {sentence} |\n" for name, sentence in INVARIANTS.items())
    return f"{before}{BEGIN}\n| invariant | sentence |\n| --- | --- |\n{rows}\n{END}{after}"


def coverage_page(record: CampaignRecord) -> str:
    """Return the page of everything that the seeds of a record met, and of what they never met."""
    found = record.found
    commits = "\n".join(f"| {commit} | {seeds:,} |" for commit, seeds in record.commits().items())
    return _HEAD.format(figures=found.figures(), seeds=found.runs, commits=commits) + report(found.coverage) + "\n"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    COVERAGE_PAGE.write_text(coverage_page(read(RECORDED)), encoding="utf-8")
