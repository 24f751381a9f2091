"""`keys generate-dev`: the development PKI in a folder."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated

import typer

from adapters.sandbox.pki import devpki
from adapters.shipped.resources import CERTS
from adapters.terminal.printing import console
from gateway.runtime.clock import system_clock
from gateway.runtime.errors import GatewayError


def generate_development_keys(directory: Path, lists: str | None = None) -> None:
    """Make the development PKI of `certs/development.toml` in ``directory``.

    The certificates name revocation lists below the URL ``lists``; without it, below the plan's own URL.
    """
    plan = tomllib.loads((CERTS / "development.toml").read_text(encoding="utf-8"))
    devpki.generate(directory, plan | ({"revocation_base": lists} if lists else {}), system_clock())


def generate_dev(
    directory: Annotated[Path, typer.Option("--dir", help="Where the PKI goes; must not exist yet.")] = Path("pki"),
) -> None:
    """Make keys and certificates for development and demonstration. Never for real notices."""
    if directory.exists():
        raise GatewayError("demo.exists", where=str(directory))
    generate_development_keys(directory)
    console.print(f"development keys in {directory}; trust anchors in {directory / 'anchors'}")
