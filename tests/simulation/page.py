"""The generated part of docs/design/simulation.md: `python -m tests.simulation.page` writes it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from adapters.shipped.resources import ROOT

from .invariants.table import INVARIANTS

PAGE: Final[Path] = ROOT / "docs" / "design" / "simulation.md"
BEGIN: Final = "<!-- invariants: `python -m tests.simulation.page` writes them -->\n"
END: Final = "<!-- end of the invariants -->\n"


def written(text: str) -> str:
    """Return the page with the present table."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    rows = "".join(f"| `{name}` | {sentence} |\n" for name, sentence in INVARIANTS.items())
    return f"{before}{BEGIN}\n| invariant | sentence |\n| --- | --- |\n{rows}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
