"""Print the findings of `check`."""

from __future__ import annotations

from rich.markup import escape

from adapters.terminal.printing import console, print_json, tell
from gateway.runtime.errors import CATALOGUE, GatewayError

LOST = "lost."
"""Prefix of codes of guarantees that a judiciary with fewer capabilities gives up."""


def show(findings: dict[str, str | GatewayError], as_json: bool) -> None:
    """Print the findings, by name."""
    if as_json:
        print_json({
            name: {"ok": False, "code": found.code, "where": found.where, "detail": found.detail,
                   "actor": found.entry.actor, "remedy": found.entry.remedy}
            if isinstance(found, GatewayError) else {"ok": True, "found": found}
            for name, found in findings.items()
        })  # fmt: skip
        return
    for name, found in findings.items():
        if isinstance(found, GatewayError):
            console.print(f"[bold red]✗[/] {name}")
            tell(found)
        elif name.startswith(LOST):
            console.print(f"[yellow]![/] {name}: {escape(found)}\n  {CATALOGUE[name].fa}")
        else:
            console.print(f"[green]✓[/] {name}: [dim]{escape(found)}[/]")
