"""The recorded results, and the page that shows them: docs/design/simulation-mutants.md."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Final

from adapters.shipped.resources import ROOT

from .copy import Result
from .table import mutants

RESULTS: Final = Path(__file__).with_name("results.json")
PAGE: Final[Path] = ROOT / "docs" / "design" / "simulation-mutants.md"

_HEAD: Final = """\
# Broken guards, and who finds them

Each line is one guard of the product that is broken on purpose by a change of one line, in a copy of the tree
(`tests/simulation/mutants/mutants.toml`). Seeds run from 0 on until one breaks an invariant of the
[simulation](simulation.md); for a guard of restores, every fifth seed, which are those with a restore; for some others,
those with the fault that is needed (`needs`). Bugs of the SQL store are found by seeds over that store, or by the
stores' conformance suite and tests of their own.

    make mutants                                every mutant, up to 300 seeds each
    python -m tests.simulation.mutants --only trust-busy --seeds 50

Made by `python -m tests.simulation.mutants --write`; a test compares it with the recorded results. Every CI run tries
one of the mutants again.

"""


def recorded() -> dict[str, Result]:
    """Return the recorded results by the name of the mutant; those of removed mutants are left out."""
    if not RESULTS.exists():
        return {}
    names = {each.name for each in mutants()}
    read = json.loads(RESULTS.read_text(encoding="utf-8"))
    return {each["name"]: Result(**each) for each in read if each["name"] in names}


def keep(result: Result) -> None:
    """Record a result in place of an earlier one."""
    found = {**recorded(), result.name: result}
    rows = [json.dumps(asdict(found[each.name]), ensure_ascii=False) for each in mutants() if each.name in found]
    RESULTS.write_text("[\n" + ",\n".join(rows) + "\n]\n", encoding="utf-8")


def page() -> str:
    known = recorded()
    found = [each for each in known.values() if each.found_by]
    by_mode = {mode: sum(each.mode == mode for each in found) for mode in ("simulation", "sql", "conformance")}
    told = (
        f"{len(mutants())} mutants: {by_mode['simulation']} found by seeds over the store in memory,"
        f" {by_mode['sql']} by seeds over the SQL store, {by_mode['conformance']} by tests of the stores,"
        f" {sum(not each.found_by for each in known.values())} by nobody,"
        f" {sum(each.name not in known for each in mutants())} not tried yet.\n\n"
    )
    lines = [
        "| mutant | what it breaks | file | found by | seeds | seconds of CPU |",
        "| --- | --- | --- | --- | ---: | ---: |",
    ]
    for mutant in mutants():
        result = known.get(mutant.name)
        if result is None:
            who, seeds, cpu = "not tried yet", "", ""
        else:
            who = _who(result)
            seeds, cpu = str(result.seeds) if result.seeds and result.found_by else "", f"{result.cpu:.1f}"
        file = mutant.file.rpartition("/")[2]
        lines.append(f"| `{mutant.name}` | {mutant.breaks} | [{file}](../../{mutant.file}) | {who} | {seeds} | {cpu} |")
    return _HEAD + told + "\n".join(lines) + "\n"


def _who(result: Result) -> str:
    if not result.found_by:
        return f"**nobody** in {result.seeds} seeds" if result.seeds else "**nobody**"
    over = " over SQL" if result.mode == "sql" else ""
    name = result.found_by.rpartition("/")[2] if result.mode == "conformance" else result.found_by
    return f"`{name}`{over}"
