"""Systems of the city that take part in `demo --with-city`. Each module has its stand-in, this one joins them.

A system joins by a `CitySystem` in `SYSTEMS`. One whose ``is_built`` is false is left out, and the demonstration says
so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from adapters.sandbox.city import (
    asset_parcels,
    shahriar_cases,
    shahriar_comparisons,
    shahrzad_comparisons,
    shahrzad_files,
    sharing_cases,
)
from adapters.sandbox.city.asset_comparisons import ASSET_COMPARISONS
from adapters.sandbox.city.comparison import Comparison
from adapters.sandbox.city.sharing_comparisons import SHARING_COMPARISONS
from gateway.runtime.bilingual import Words


def _nothing(_directory: Path) -> None:
    """Prepare nothing."""


def _no_section(_directory: Path, _address: str) -> str:
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CitySystem:
    """System of the city in a demonstration, whose folder has every file.

    ``name`` is its module's, its ledger's (``NAME.db``) and that of the ledger in SQL. ``prepare`` makes files before
    anything starts (tokens, a filled ledger), once; ``plan`` follows when every system is prepared. ``options`` are
    those of its process. ``section`` returns the text that gateway.toml gets for it, by the folder and the address of
    its server. ``finished`` selects 1 once nothing more is to come from or for it, 0 before. A system that calls the
    gateway has ``ask`` in the place of a process: it is called at the end, with the gateway's municipal address.
    """

    name: str
    title: Words
    is_built: bool = True
    prepare: Callable[[Path], None] = _nothing
    plan: Callable[[Path], None] = _nothing
    options: Callable[[Path], Sequence[str]] = lambda _directory: ()
    section: Callable[[Path, str], str] = _no_section
    finished: str = "SELECT 1"
    ask: Callable[[Path, str], object] | None = None
    comparisons: Sequence[Comparison] = ()


SHAHRIAR: Final = CitySystem(
    name="shahriar",
    title=Words("Shahriar", "شهریار"),
    prepare=shahriar_cases.prepare,
    plan=shahriar_cases.plan,
    options=shahriar_cases.options,
    section=shahriar_cases.section,
    finished=shahriar_comparisons.FINISHED,
    comparisons=shahriar_comparisons.COMPARISONS,
)
SHAHRZAD: Final = CitySystem(
    name="shahrzad",
    title=Words("Shahrzad", "شهرزاد"),
    prepare=shahrzad_files.prepare,
    options=shahrzad_files.options,
    section=shahrzad_files.section,
    finished=shahrzad_comparisons.FINISHED,
    comparisons=shahrzad_comparisons.COMPARISONS,
)
ASSETS: Final = CitySystem(
    name="asset_register",
    title=Words("asset register", "سامانه املاک"),
    prepare=asset_parcels.prepare,
    options=asset_parcels.options,
    section=asset_parcels.section,
    comparisons=ASSET_COMPARISONS,
)
SHARING: Final = CitySystem(
    name="other_body",
    title=Words("another body", "دستگاه دیگر"),
    prepare=sharing_cases.prepare,
    section=lambda _directory, _address: sharing_cases.section(),
    ask=sharing_cases.ask,
    comparisons=SHARING_COMPARISONS,
)

SYSTEMS: Final[Sequence[CitySystem]] = (SHAHRIAR, SHAHRZAD, ASSETS, SHARING)
"""Systems named at the launch, in the order in which they are prepared and the table shows them."""
