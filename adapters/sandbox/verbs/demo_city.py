"""The city in a demonstration: its systems as processes of their own, and their ledgers compared at the end."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from rich.table import Table
from rich.text import Text

from adapters.sandbox.city.city_process import city_process
from adapters.sandbox.city.comparison import Compared, compared, ledgers
from adapters.sandbox.city.shahriar_cases import CITY
from adapters.sandbox.city.systems import SYSTEMS, CitySystem
from adapters.sandbox.verbs.demo_state import DemoState
from adapters.sandbox.verbs.demo_store import DemoStore
from adapters.storage.sql_store import SqlStore
from adapters.terminal.printing import screen, table
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import GatewayError

_CASES: Final = '[sources.cases]\nurl = "sqlite:///cases.db"\n'
"""The section that the city's systems take the place of: the last one of config/demo.toml."""

_TITLE: Final = Words("\nThe city's systems, each ledger compared by SQL", "\nسامانه‌های شهر؛ هر دفتر با SQL مقایسه شد")
_HEADS: Final = (
    Words("system", "سامانه"),
    Words("statement", "گزاره"),
    Words("compared", "مقایسه‌شده"),
    Words("differing", "مغایر"),
)
_LEFT_OUT: Final = Words("left out: not built yet", "کنار گذاشته شد؛ هنوز ساخته نشده است")
_UNDER_WAY: Final = Words("not compared: the demonstration was stopped", "مقایسه نشد؛ نمایش متوقف شده است")


def built() -> list[CitySystem]:
    """Return the systems that take part."""
    return [system for system in SYSTEMS if system.is_built]


def assert_fitting(directory: Path, store: DemoStore, *, with_city: bool) -> None:
    """Raise `GatewayError` ``demo.exists`` if the folder was made with other sources, or its store is no file."""
    made = (directory / "gateway.db").exists()
    if made and (directory / CITY).exists() != with_city:
        detail = "was made without --with-city" if with_city else "was made with --with-city"
        raise GatewayError("demo.exists", where=str(directory), detail=detail)
    if with_city and store is not DemoStore.SQLITE:
        raise GatewayError("demo.city-store", where=str(directory), detail=store)


@contextmanager
def city_of(directory: Path) -> Iterator[None]:
    """Serve the city's systems while the block runs; their sections take the place of the sample's case database.

    ``gateway.toml`` is there already, as `demo_folder.prepare` made it. Raises ``sandbox.not-started``.
    """
    systems = built()
    for system in systems:
        system.prepare(directory)
    for system in systems:
        system.plan(directory)
    with ExitStack() as stack:
        sections = [system.section(directory, _served(stack, system, directory)) for system in systems]
        file = directory / "gateway.toml"
        text = file.read_text(encoding="utf-8")
        assert _CASES in text, "config/demo.toml ends with it"
        file.write_text(text.replace(_CASES, "") + "".join(sections), encoding="utf-8")
        yield


def ask_gateway(directory: Path, url: str) -> None:
    """Let each system that calls the gateway do so, at the municipal address ``url``."""
    for system in built():
        if system.ask is not None:
            system.ask(directory, url)


def _served(stack: ExitStack, system: CitySystem, directory: Path) -> str:
    """Start a system's server until the end of the stack; return its address, or nothing if it has none."""
    if system.ask is not None:
        return ""
    return stack.enter_context(city_process(system.name, directory, system.options(directory)))


class CityState(DemoState):
    """State of a demonstration whose rows come from the city's systems."""

    def __init__(self, directory: Path, store: SqlStore) -> None:
        super().__init__(directory, store)
        names = {"gateway": "gateway.db", "judiciary": "judiciary.db", "demo": CITY}
        self._files = {name: directory / file for name, file in names.items()}
        self._files |= {system.name: directory / f"{system.name}.db" for system in built()}

    def finished(self) -> bool:
        """Return True if nothing more is to come from or for any of the systems."""
        if not self._files["judiciary"].exists():
            return False
        with ledgers(self._files) as connection:
            return all(_is_true(connection, system.finished) for system in built())

    def compared(self) -> list[Compared] | None:
        """Return every comparison, in the order of the systems; None while something is still to come."""
        if not self.finished():
            return None
        with ledgers(self._files) as connection:
            return [each for system in built() for each in compared(connection, system.name, system.comparisons)]

    def disagreements(self) -> list[str]:
        """Return the differences between the ledgers."""
        return [f"{each.system}: {each.says.en}: {text}" for each in self.compared() or () for text in each.differences]


def city_table(found: Sequence[Compared] | None) -> Table:
    """Return the comparisons as a table, in the screen's language; a system that is absent has a row that says so."""
    system, statement, *numbers = (screen.words(head) for head in _HEADS)
    rows = table(screen.words(_TITLE), f"!{system}", statement, *(f">{number}" for number in numbers))
    for each in SYSTEMS:
        title = screen.words(each.title)
        if not each.is_built or found is None:
            rows.add_row(title, Text(screen.words(_UNDER_WAY if each.is_built else _LEFT_OUT), style="dim"), "–", "–")
            continue
        for result in (one for one in found if one.system == each.name):
            differing = Text(str(result.differing), style="red" if result.differing else "")
            rows.add_row(title, screen.words(result.says), str(result.counted), differing)
            title = ""
    return rows


def city_facts(found: Sequence[Compared] | None) -> Mapping[str, Any]:
    """Return the comparisons as JSON can hold them."""
    listed = [
        {
            "system": each.system,
            "says": each.says.en,
            "compared": each.counted,
            "differing": each.differing,
            "differences": list(each.differences),
        }
        for each in found or ()
    ]
    return {"city": listed, "city_left_out": [system.name for system in SYSTEMS if not system.is_built]}


def _is_true(connection: sqlite3.Connection, query: str) -> bool:
    return bool(connection.execute(query).fetchone()[0])
