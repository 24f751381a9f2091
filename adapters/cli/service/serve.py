"""The verb `serve`: the real service, which runs unattended."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer
from sqlalchemy.engine import make_url

from adapters.cli.common.logs import log_to
from adapters.composition.passes.pass_names import LOOKS, PASSES
from adapters.settings import Settings, assert_changeable, load, place_of
from adapters.shipped.resources import ROOT
from adapters.terminal.printing import DEFAULT_CONFIG, ConfigOption
from gateway.runtime.errors import GatewayError

ROLES = (*PASSES, *LOOKS, "web", "push", "callback", "console")

SHARED: Final = ("collect", "acts", "dispatch", "rescue", "receipts", "writeback")
"""Roles of every process of `--processes`: the work on notices. Advisory locks say whose turn it is. The first process
alone has the others: it listens, and does the work of the archive, whose folder is on one machine.
"""

_EMPTY = "none that several processes share: "


def serve(
    roles: Annotated[
        str, typer.Option(help=f"What this process does, with commas between: {', '.join(ROLES)}.")
    ] = ",".join(ROLES),
    listen: Annotated[
        str | None, typer.Option(help="Address and port of health and metrics, instead of service.listen.")
    ] = None,
    processes: Annotated[
        int, typer.Option(min=1, max=64, help="How many processes share the work; several need a PostgreSQL store.")
    ] = 1,
    part: Annotated[int, typer.Option(hidden=True, min=0, help="Number of this process below its parent.")] = 0,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Serve notices until SIGTERM: each pass on its schedule, health and metrics over HTTP, pushed rows, receipts that
    the judiciary pushes, and the console; SIGHUP reloads.
    """
    chosen = roles_of(roles)
    if processes > 1:
        raise typer.Exit(_serve_in(processes, chosen, listen, config))
    # Metrics and their server are needed by this verb alone.
    from adapters.cli.service.service import Service

    raise typer.Exit(Service(config, chosen, listen, takes_acts=part <= 1, parent=part > 0).run())


def _serve_in(processes: int, chosen: Sequence[str], listen: str | None, config: Path) -> int:
    """Serve in several processes below this one, and return the exit code.

    Raises `GatewayError` ``service.processes`` on SQLite, ``service.role`` without a role that is shared.
    """
    from adapters.cli.service.parent import Processes

    settings = load(config, Settings)
    if make_url(settings.gateway.store).get_backend_name() == "sqlite":
        where = place_of(config, "gateway", "store")
        raise GatewayError("service.processes", where=where, detail=f"--processes {processes}")
    shared = [role for role in chosen if role in SHARED]
    if not shared:
        raise GatewayError("service.role", where="--roles", detail=f"{_EMPTY}{', '.join(SHARED)}")
    log_to(settings.log, config.parent)
    first = [*_command(1, chosen, config), *(["--listen", listen] if listen is not None else [])]
    others = [_command(part, shared, config) for part in range(2, processes + 1)]
    stop_seconds = settings.service.stop_seconds.total_seconds()
    paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))

    def reload() -> None:
        """Open the log anew where the present file says, as each process does."""
        present = load(config, Settings)
        assert_changeable(config, settings, present)
        log_to(present.log, config.parent)

    return Processes([first, *others], stop_seconds, {**os.environ, "PYTHONPATH": paths}, reload).run()


def _command(part: int, roles: Sequence[str], config: Path) -> list[str]:
    """Return the command line of one process below this one."""
    options = ["--config", str(config), "--roles", ",".join(roles), "--part", str(part)]
    return [sys.executable, "-P", "-m", "adapters.cli", "serve", *options]


def roles_of(text: str) -> list[str]:
    """Return the roles that ``text`` names, in our order. Raises `GatewayError` ``service.role``."""
    named = {part.strip() for part in text.split(",")}
    if unknown := sorted(named - set(ROLES)):
        raise GatewayError("service.role", where="--roles", detail=", ".join(unknown) or "none")
    return [role for role in ROLES if role in named]
