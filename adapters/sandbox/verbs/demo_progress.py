"""The display of a demonstration: bars while it runs, a table at its end."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from types import TracebackType

from rich.console import Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn
from rich.progress import Progress as Bars
from rich.table import Table
from rich.text import Text

from adapters.terminal.printing import console, table
from gateway.runtime.errors import GatewayError

_STAGES = {
    "collected": "collected from the case database",
    "submitted": "accepted by the judiciary",
    "delivered": "arrived in the account (served)",
    "viewed": "viewed",
    "written_back": "written back to the case database",
}

_SUMMARY = {
    "collected": ("rows collected", ""),
    "refused": ("refused", "back in the case database, with a reason in Persian"),
    "admitted": ("admitted", "sealed and queued"),
    "submitted": ("accepted", "by the judiciary, with a tracking number"),
    "delivered": ("served", "arrived in the recipient's account"),
    "viewed": ("viewed", "actual service; the others served are legal service"),
    "rejected": ("rejected", "by the judiciary, with its code"),
    "no_account": ("no account", "another channel must be chosen"),
    "in_doubt": ("in doubt", "being asked about; never sent again blindly"),
    "dead_letter": ("dead letters", "waited too long; a person decides"),
    "written_back": ("written back", "the result stands in the row of the case database"),
    "quarantined_receipts": ("quarantined", "receipts whose signature or content was refused"),
    "archived": ("archived", "records of evidence, in segments that anybody can verify"),
    "seconds": ("seconds", "a day of waiting took one second"),
}


class Progress:
    """Display: bars on a terminal, a line every few seconds elsewhere, nothing when ``quiet``."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._bars = Bars(
            TextColumn("{task.description}", justify="left"), BarColumn(40), MofNCompleteColumn(), console=console
        )
        self._tasks: dict[str, TaskID] = {}
        self._live = Live(self._bars, console=console, refresh_per_second=8)
        self._on_terminal = console.is_terminal and not quiet
        self._next_line = 0.0

    def __enter__(self) -> Progress:
        if self._on_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._on_terminal:
            self._live.stop()

    def show(self, figures: Mapping[str, int], total: int, problems: Sequence[GatewayError]) -> None:
        """Show the progress of the demonstration, and its problems."""
        if self._on_terminal:
            for name, label in _STAGES.items():
                if name not in self._tasks:
                    self._tasks[name] = self._bars.add_task(label, total=total)
                self._bars.update(self._tasks[name], completed=figures[name])
            met = Counter((error.code, error.entry.en) for error in problems)
            notes = [
                Text(f"{code}: {meaning}{f' ({times} passes)' if times > 1 else ''}", style="yellow")
                for (code, meaning), times in met.items()
            ]
            self._live.update(Group(self._bars, *notes))
        elif not self._quiet and time.monotonic() >= self._next_line:
            self._next_line = time.monotonic() + 3
            console.print(", ".join(f"{name.replace('_', ' ')} {figures[name]}" for name in _STAGES) + f" of {total}")


def summary_table(figures: Mapping[str, float]) -> Table:
    """Return the table at the end of a demonstration."""
    rows = table("\nWhat happened to the notices", "", ">", "")
    for name, (label, meaning) in _SUMMARY.items():
        rows.add_row(label, str(figures[name]), Text(meaning, style="dim"))
    return rows
