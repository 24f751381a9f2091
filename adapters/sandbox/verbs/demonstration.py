"""The passes of a demonstration: until every notice has its expected end, and on while the console is open."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from adapters.composition.installation import Installation
from adapters.composition.passes.heartbeat_parts import beat_of
from adapters.composition.tasks import intervals, tasks
from adapters.sandbox.verbs.demo_people import LOGINS, make_people
from adapters.sandbox.verbs.demo_progress import Progress
from adapters.sandbox.verbs.demo_state import DemoState
from adapters.schedule.heartbeat import Heartbeat
from adapters.schedule.loops import Loops
from adapters.terminal.printing import console, print_json, screen, table
from gateway.judiciary.pass_statistics import PassStats
from gateway.people.permissions import ROLE_NAMES
from gateway.runtime.errors import GatewayError

STALLED_AFTER = 120.0
"""Seconds without any movement after which a demonstration gives up."""


@dataclass(frozen=True)
class Demonstration:
    """Demonstration in ``directory``. ``sandbox_lives`` is true while the sandbox runs."""

    directory: Path
    installation: Installation
    state: DemoState
    sandbox_lives: Callable[[], bool]

    def run(self, *, leave: bool, quiet: bool) -> bool:
        """Run the passes until every notice has its expected end; return True if a person stopped them before.

        Raises `GatewayError` ``sandbox.ended``; with ``leave`` also ``demo.stalled``.
        """
        moved = time.monotonic()
        last: dict[str, int] = {}
        with self._passes() as pass_stats:
            try:
                with Progress(quiet=quiet) as progress:
                    while not self.state.finished():
                        self._assert_sandbox()
                        figures = self.state.figures()
                        errors = [e for record in pass_stats.records() for e in record.errors]
                        progress.show(figures, self.state.expected_total, errors)
                        if figures != last:
                            moved, last = time.monotonic(), figures
                        elif leave and time.monotonic() - moved > STALLED_AFTER:
                            raise GatewayError("demo.stalled", where=str(self.directory), detail=str(figures))
                        time.sleep(0.3)
                    progress.show(self.state.figures(), self.state.expected_total, [])
            except KeyboardInterrupt:
                console.print("stopping: passes under way are finished")
                return True
        return False

    def stay_open(self, address: str, *, quiet: bool) -> None:
        """Run the passes behind the console at ``address`` until a person stops them.

        Prints a password, once: in JSON if ``quiet``.
        """
        with self._passes():
            try:
                _tell(address, make_people(self.installation), quiet=quiet)
                while True:
                    self._assert_sandbox()
                    time.sleep(0.3)
            except KeyboardInterrupt:
                if not quiet:
                    console.print("stopping: passes under way are finished")

    @contextmanager
    def _passes(self) -> Iterator[PassStats]:
        """Run the passes on their schedules while the block runs."""
        installation = self.installation
        pass_stats = PassStats(installation.clock)
        loops = Loops(
            tasks(installation),
            intervals(installation),
            locks=installation.locks(),
            may_continue=installation.gate(),
            pass_stats=pass_stats,
        )
        heartbeat = Heartbeat(lambda: beat_of(installation), installation.owner, pass_stats, installation.clock)
        loops.start()
        heartbeat.start()
        try:
            with _interrupted_by_signals():
                yield pass_stats
        finally:
            loops.close()
            heartbeat.close()

    def _assert_sandbox(self) -> None:
        if not self.sandbox_lives():
            raise GatewayError("sandbox.ended", where=str(self.directory / "sandbox.log"))


@contextmanager
def _interrupted_by_signals() -> Iterator[None]:
    """Let SIGINT and SIGTERM interrupt the block.

    A process that a shell began in the background ignores SIGINT otherwise.
    """
    before = {each: signal.signal(each, signal.default_int_handler) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _tell(address: str, password: str, *, quiet: bool) -> None:
    """Print where the console is, and who can sign in."""
    if quiet:
        print_json({"console": address, "password": password})
        return
    rows = table("\nThe console is open", "", "")
    for role, (login, _) in LOGINS.items():
        rows.add_row(login, screen.words(ROLE_NAMES[role]))
    console.print(rows)
    console.print(f"\naddress:   {address}", markup=False, soft_wrap=True)
    console.print(f"password:  {password}   (of each login above; leave the code empty)", markup=False, soft_wrap=True)
    console.print("Ctrl-C ends it.", markup=False, soft_wrap=True)
