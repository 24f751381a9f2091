"""Installations for stories, on each of the stores: one whose notices went their way, and one in which nothing has
happened yet. Each story has a copy of its own."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import ExitStack
from itertools import count
from pathlib import Path

from adapters.sandbox.postgres.postgres_server import PostgresServer
from adapters.sandbox.verbs.demo_store import DATABASE, DemoStore
from adapters.storage.engine import migrate
from tests.console.console_folder import BY_HAND, NOTICES, ROOT
from tests.databases import make_store, open_folder
from tests.kept_ports import keep_ports

_STORE = re.compile(r'^store = ".*"', re.MULTILINE)
_PORT = re.compile(r"port = (\d+)")
_EMPTY = "empty"


class Place(ABC):
    """Copies of folders, on one kind of store. ``fresh`` is a folder in which nothing has happened yet, on SQLite."""

    def __init__(self, fresh: Path) -> None:
        self._fresh = fresh

    @abstractmethod
    def lived(self, target: Path) -> Path:
        """Copy an installation whose notices went their way; return its configuration file."""

    @abstractmethod
    def fresh(self, target: Path) -> Path:
        """Copy an installation in which nothing has happened yet; return its configuration file."""

    def _copied(self, source: Path, target: Path, *without: str) -> Path:
        shutil.copytree(source, target, ignore=shutil.ignore_patterns(*without))
        _give_ports(target)
        config = target / "gateway.toml"
        text = config.read_text(encoding="utf-8")
        text = text.replace('second_factor = "optional"', 'second_factor = "required"')
        config.write_text(text if BY_HAND in text else text + BY_HAND, encoding="utf-8")
        return config


class OnSqlite(Place):
    """Each copy has a file of its own. ``demonstration`` returns the folder of one that ended on SQLite."""

    def __init__(self, fresh: Path, demonstration: Callable[[], Path]) -> None:
        super().__init__(fresh)
        self._demonstration = demonstration

    def lived(self, target: Path) -> Path:
        return self._copied(self._demonstration(), target)

    def fresh(self, target: Path) -> Path:
        config = self._copied(self._fresh, target, "gateway.db*")
        make_store(f"sqlite:///{target / 'gateway.db'}")
        return config


class OnPostgresql(Place):
    """Each copy has a database of its own, on the server of a demonstration that ended on PostgreSQL."""

    def __init__(self, fresh: Path, demonstration: Path, server: PostgresServer) -> None:
        super().__init__(fresh)
        self._demonstration, self._server, self._numbers = demonstration, server, count(1)
        migrate.upgrade(server.create_database(_EMPTY))

    def lived(self, target: Path) -> Path:
        return self._on_server(self._copied(self._demonstration, target, DemoStore.POSTGRESQL), DATABASE)

    def fresh(self, target: Path) -> Path:
        return self._on_server(self._copied(self._fresh, target, "gateway.db*"), _EMPTY)

    def _on_server(self, config: Path, template: str) -> Path:
        url = self._server.create_database(f"story_{next(self._numbers)}", template)
        text, changed = _STORE.subn(f'store = "{url}"', config.read_text(encoding="utf-8"))
        assert changed == 1
        config.write_text(text, encoding="utf-8")
        return config


def _give_ports(folder: Path) -> None:
    """Give a copy's sandbox ports of its own: several copies serve at the same time."""
    files = [folder / "gateway.toml", folder / "sandbox.toml"]
    texts = [file.read_text(encoding="utf-8") for file in files]
    with ExitStack() as open_ports:
        for port in sorted(set(_PORT.findall(texts[1]))):
            here = open_ports.enter_context(socket.socket())
            here.bind(("127.0.0.1", 0))
            texts = [re.sub(rf"\b{port}\b", str(here.getsockname()[1]), text) for text in texts]
    for file, text in zip(files, texts, strict=True):
        file.write_text(text, encoding="utf-8")
    keep_ports(folder)


def make_demonstration(path: Path, store: str) -> None:
    """Run a demonstration on ``store``; keep its folder as ``path`` when it has ended, and its server with it."""
    with open_folder() as folder:
        command = [sys.executable, ROOT / "run_gateway.py", "demo", "--store", store]
        options = ["--notices", NOTICES, "--dir", folder / "D", "--exit"]
        done = subprocess.run([*map(str, command + options)], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        copy_with_owners(folder / "D", path)


def copy_with_owners(source: Path, target: Path) -> None:
    """Copy a folder whose database belongs to the server's own account."""
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)
