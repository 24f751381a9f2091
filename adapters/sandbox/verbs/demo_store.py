"""The store of a demonstration: a SQLite file, or a PostgreSQL of its own that runs while it is in use.

`demo-store` runs that PostgreSQL again, for verbs that read a demonstration's results.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from adapters.sandbox.postgres.postgres_server import PostgresServer
from adapters.terminal.printing import JsonOption, console, print_json
from gateway.runtime.errors import GatewayError

DATABASE = "gateway"


class DemoStore(StrEnum):
    """Kind of a demonstration's store."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


def chosen(directory: Path, wanted: DemoStore | None) -> DemoStore:
    """Return the folder's store, or else the wanted one.

    Raises ``demo.exists``: with another store beside its own, a folder's gateway would know nothing of the notices that
    it has sent.
    """
    files = {DemoStore.SQLITE: directory / "gateway.db", DemoStore.POSTGRESQL: _folder(directory)}
    present = next((store for store, path in files.items() if path.exists()), None)
    if wanted and present and wanted != present:
        raise GatewayError("demo.exists", where=str(directory), detail=f"holds a {present} store, not {wanted}")
    return present or wanted or DemoStore.SQLITE


@contextmanager
def store_url(directory: Path, store: DemoStore) -> Iterator[str]:
    """Yield the URL of the folder's store, which answers as long as the block runs. Raises ``store.server``."""
    if store is DemoStore.SQLITE:
        yield "sqlite:///gateway.db"
        return
    with PostgresServer(_folder(directory)) as server:
        server.ensure_database(DATABASE)
        yield server.url(DATABASE)


def serve(
    directory: Annotated[Path, typer.Option("--dir", help="A folder that `demo --store postgresql` made.")],
    as_json: JsonOption = False,
) -> None:
    """Run a demonstration's PostgreSQL until interrupted. Prints one line when it is ready."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    if not _folder(directory).exists():
        raise GatewayError("store.server", where=str(directory), detail="holds no PostgreSQL")
    with store_url(directory, DemoStore.POSTGRESQL) as url:
        if as_json:
            print_json({"ready": True, "url": url})
        else:
            console.print(f"{url} (Ctrl-C ends it)", markup=False, soft_wrap=True)
        stop.wait()


def _folder(directory: Path) -> Path:
    return directory / "postgresql"
