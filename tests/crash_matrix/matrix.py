"""The matrix: the story once to find its boundaries, then once for each of them with a kill there."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import psycopg
from psycopg import sql

from adapters.storage.schema.tables import METADATA, store_meta
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from tests import databases

from .boundaries import COMMIT_UNANSWERED, COMMIT_UNHEARD
from .life import World
from .process import Killed

MEMORY = Path("/dev/shm")
"""A process's writes outlive its SIGKILL wherever they lie; here nobody waits for a disk."""

PATIENCE = 3
"""Stories that what was killed may take to come to its end: doubt may begin again and again."""

Transition = tuple[DeliveryState, DeliveryEvent]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Result of a kill at boundary ``number``; ``problems`` is empty if all is well."""

    number: int
    boundary: str
    problems: list[str] = field(default_factory=list)
    transitions: frozenset[Transition] = frozenset()


def undisturbed(database: str, calls: int) -> tuple[list[str], Result]:
    """Run the story without a kill; return its boundaries in their order, and its result."""
    with _world(database, calls) as world:
        process = world.start()
        world.live(process)
        places: list[str] = process.run("places")
        process.end()
        world.judge_kill()
        transitions = frozenset(world.judge_end())
        problems = world.problems + world.at_end
        return places, Result(number=-1, boundary="none", problems=problems, transitions=transitions)


def killed(database: str, number: int, boundary: str, calls: int) -> Result:
    """Run the story with a kill there, start again, and judge."""
    with _world(database, calls) as world:
        process = world.start(blow_at=number)
        survives = COMMIT_UNANSWERED in boundary or COMMIT_UNHEARD in boundary
        try:
            world.live(process)
            if not survives:
                world.problems.append("it was not met again")
        except Killed:
            world.judge_kill()
        process.end()
        process = world.start()
        for _ in range(PATIENCE):
            world.live(process, until_ended=True)
            world.at_end.clear()
            transitions = frozenset(world.judge_end())
            if not world.at_end:
                break
        process.end()
        world.problems += world.at_end
        return Result(number=number, boundary=boundary, problems=world.problems, transitions=transitions)


def chosen(places: Sequence[str], *, every: bool = False) -> list[tuple[int, str]]:
    """Number and name of the boundaries to be killed at: the first of each name, or ``every`` one."""
    first: dict[str, int] = {}
    for number, name in enumerate(places):
        first.setdefault(name, number)
    return list(enumerate(places)) if every else [(number, name) for name, number in first.items()]


@contextmanager
def _world(database: str, calls: int) -> Iterator[World]:
    memory = MEMORY if MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="eblagh-matrix-", dir=memory) as name, _EMPTY[database](Path(name)) as url:
        yield World(url, Path(name), calls)


@contextmanager
def _emptied(_: Path) -> Iterator[str]:
    """One database of PostgreSQL for every run, since a new one takes longer than a run."""
    url = _postgresql()
    tables = [table.name for table in METADATA.sorted_tables if table is not store_meta]
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(map(sql.Identifier, tables))))
    yield url


@cache
def _postgresql() -> str:
    return databases.AT_END.enter_context(databases.postgresql_database(Path()))


_EMPTY: dict[str, databases.NewDatabase] = {"sqlite": databases.sqlite_file, "postgresql": _emptied}
DATABASES = tuple(_EMPTY)
