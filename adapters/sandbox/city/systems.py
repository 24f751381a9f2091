"""Systems of the city that take part in `demo --with-city`. Each module has its stand-in, this one joins them.

A system joins by a `CitySystem` in `SYSTEMS`. One whose ``is_built`` is false is left out, and the demonstration says
so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from adapters.sandbox.city import shahrzad_comparisons, shahrzad_files
from adapters.sandbox.city.comparison import Comparison
from gateway.runtime.bilingual import Words


def _nothing(_directory: Path) -> None:
    """Prepare nothing."""


def _no_section(_directory: Path, _address: str) -> str:
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CitySystem:
    """System of the city in a demonstration.

    ``name`` is its module's, its ledger's and that of the ledger in SQL. ``prepare`` makes files in the demonstration's
    folder before it starts (tokens, cases), once. ``options`` are those of its process. ``section`` returns what
    gateway.toml gets for it, by the folder and the address of its server. ``tasks`` are nothing here: the gateway's own
    passes do its work. ``finished`` selects 1 once nothing more is to come from or for it, 0 before.
    """

    name: str
    title: Words
    is_built: bool = True
    prepare: Callable[[Path], None] = _nothing
    options: Callable[[Path], Sequence[str]] = lambda _directory: ()
    section: Callable[[Path, str], str] = _no_section
    finished: str = "SELECT 1"
    comparisons: Sequence[Comparison] = ()


SHAHRIAR: Final = CitySystem(name="shahriar", title=Words("Shahriar", "شهریار"), is_built=False)
SHAHRZAD: Final = CitySystem(
    name="shahrzad",
    title=Words("Shahrzad", "شهرزاد"),
    prepare=shahrzad_files.prepare,
    options=shahrzad_files.options,
    section=shahrzad_files.section,
    finished=shahrzad_comparisons.FINISHED,
    comparisons=shahrzad_comparisons.COMPARISONS,
)
ASSETS: Final = CitySystem(name="assets", title=Words("asset register", "سامانه اموال"), is_built=False)
SHARING: Final = CitySystem(name="sharing", title=Words("another body", "دستگاه دیگر"), is_built=False)

SYSTEMS: Final[Sequence[CitySystem]] = (SHAHRIAR, SHAHRZAD, ASSETS, SHARING)
"""Systems named at the launch, in the order in which the table shows them."""
