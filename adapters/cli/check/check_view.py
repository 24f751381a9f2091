"""Print the findings of `check`."""

from __future__ import annotations

from rich.markup import escape

from adapters.terminal.printing import console, in_calendar, print_json, tell
from gateway.runtime.errors import CATALOGUE, GatewayError


def show(findings: dict[str, str | GatewayError], as_json: bool) -> None:
    """Print the findings, by name. One error, or one remedy, that several need is told once.

    A finding without an error whose name is a code, such as ``lost.batches``, is a warning.
    """
    if as_json:
        print_json({
            name: {"ok": False, "code": found.code, "where": found.where, "detail": found.detail,
                   "actor": found.entry.actor, "remedy": found.entry.remedy}
            if isinstance(found, GatewayError) else {"ok": True, "found": found}
            for name, found in findings.items()
        })  # fmt: skip
        return
    first: dict[tuple[str, str, str], str] = {}
    remedies: set[str] = set()
    for name, found in findings.items():
        if isinstance(found, GatewayError):
            known = first.setdefault((found.code, found.where, found.detail), name)
            # The code stands here as well, since the rest goes to standard error.
            line = f"{name}: {found.code}" + ("" if known == name else f", as above: {known}")
            if found.code in remedies and known == name:
                line = ", ".join(filter(None, (line, found.where, in_calendar(found.detail))))
            console.print(f"[bold red]✗[/] {escape(line)}", soft_wrap=not console.is_terminal)
            if found.code not in remedies:
                remedies.add(found.code)
                tell(found)
        elif name in CATALOGUE:
            console.print(f"[yellow]![/] {name}: {escape(found)}\n  {CATALOGUE[name].fa}")
        else:
            console.print(f"[green]✓[/] {name}: [dim]{escape(found)}[/]")
