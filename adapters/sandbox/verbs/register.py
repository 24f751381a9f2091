"""Verbs of the sandbox, which the program finds by the entry point ``eblagh_gateway.verbs``."""

from __future__ import annotations

import typer

from adapters.cli.evidence import keys
from adapters.sandbox.verbs import demo, demo_store, development_keys, sandbox


def register(app: typer.Typer) -> None:
    """Add `demo`, `demo-store`, `sandbox` and `keys generate-dev` to the program's verbs."""
    app.command("demo")(demo.demo)
    app.command("demo-store")(demo_store.serve)
    app.add_typer(sandbox.app, name="sandbox")
    keys.app.command("generate-dev")(development_keys.generate_dev)
