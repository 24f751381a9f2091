"""A sandbox judiciary in a process of its own, which ends when this one does, however this one ends."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Annotated

import typer

from adapters.shipped.resources import ROOT
from adapters.terminal.printing import errors, say
from gateway.runtime.errors import GatewayError

SANDBOX_FILE = "sandbox.toml"
"""Configuration of the sandbox in a demonstration's folder."""


WithSandboxOption = Annotated[
    bool, typer.Option("--with-sandbox", help="Run a demonstration's sandbox judiciary for as long as this takes.")
]


@contextmanager
def with_sandbox_of(config: Path, wanted: bool) -> Iterator[None]:
    """Serve the sandbox beside ``config`` while the block runs, if wanted. Raises as `sandbox_child`."""
    with sandbox_child(config.parent) if wanted else nullcontext():
        yield


def hint_at_sandbox(config: Path, verb: str) -> None:
    """Print, in a demonstration's folder, the option that runs a verb with the sandbox, which has judiciary and time
    authority.
    """
    if (config.parent / SANDBOX_FILE).exists():
        how = f"{verb} --with-sandbox"
        en = "a demonstration's folder: judiciary and time authority are in its sandbox;"
        fa = "این پوشه نمایشی است و سامانه قضایی و مرجع مهر زمانی آن در سامانه آزمایشی است؛"
        say(f"{en} `{how}` runs it for as long as it takes", to=errors)
        say(f"{fa} {how} آن را تا پایان همین کار اجرا می‌کند.", to=errors)


@contextmanager
def sandbox_child(directory: Path) -> Iterator[Callable[[], bool]]:
    """Serve ``directory`` while the block runs; yield a function that is true while the sandbox lives.

    Raises as `sandbox_process`.
    """
    with sandbox_process(directory) as child:
        yield lambda: child.poll() is None


@contextmanager
def sandbox_process(directory: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Serve ``directory`` while the block runs; yield the sandbox's process.

    Raises ``sandbox.not-started``; its log is `sandbox.log`.
    """
    if not (directory / SANDBOX_FILE).exists():
        raise GatewayError("sandbox.not-started", where=str(directory), detail=f"there is no {SANDBOX_FILE}")
    command = ["-m", "adapters.cli", "sandbox", "serve", "--dir", str(directory), "--with-parent", "--json"]
    paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    with (directory / "sandbox.log").open("ab") as log:
        child = subprocess.Popen(  # noqa: S603 - our own program, no shell
            [sys.executable, *command],
            # Ctrl-C is for us: the sandbox serves until our last pass is over.
            start_new_session=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env={**os.environ, "PYTHONPATH": paths},
        )
    # The child reads its end of this pipe: when we are gone, even killed, it sees the end and stops.
    with child:
        assert child.stdout is not None
        if not child.stdout.readline():
            raise GatewayError("sandbox.not-started", where=str(directory / "sandbox.log"))
        yield child
        assert child.stdin is not None
        child.stdin.close()
