"""The verb `serve`: the real service, which runs unattended."""

from __future__ import annotations

from typing import Annotated

import typer

from adapters.composition.tasks import LOOKS, PASSES
from adapters.terminal.printing import DEFAULT_CONFIG, ConfigOption
from gateway.runtime.errors import GatewayError

ROLES = (*PASSES, *LOOKS, "web", "push", "callback", "console")


def serve(
    roles: Annotated[
        str, typer.Option(help=f"What this process does, with commas between: {', '.join(ROLES)}.")
    ] = ",".join(ROLES),
    listen: Annotated[
        str | None, typer.Option(help="Address and port of health and metrics, instead of service.listen.")
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Serve notices until SIGTERM: each pass on its schedule, health and metrics over HTTP, pushed rows, receipts that
    the judiciary pushes, and the console; SIGHUP reloads.
    """
    # Metrics and their server are needed by this verb alone.
    from adapters.cli.service.service import Service

    raise typer.Exit(Service(config, roles_of(roles), listen).run())


def roles_of(text: str) -> list[str]:
    """Return the roles that ``text`` names, in our order. Raises `GatewayError` ``service.role``."""
    named = {part.strip() for part in text.split(",")}
    if unknown := sorted(named - set(ROLES)):
        raise GatewayError("service.role", where="--roles", detail=", ".join(unknown) or "none")
    return [role for role in ROLES if role in named]
