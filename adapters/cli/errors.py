"""The verb `errors`: the catalogue of errors, in English and Persian; makes `errors.md` and `refusals.md` in
docs/reference/.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import typer

from adapters.cli.optional_verbs import page_maker
from adapters.terminal.printing import FINDING, JsonOption, console, errors, print_json, say
from gateway.runtime.errors import CATALOGUE, CatalogueEntry

_HEAD = """# Errors

Each has a code that never changes its meaning, names who must act, and says whether the gateway tries again by itself.
Made from `gateway/runtime/errors.toml` by `make docs`; `run_gateway.py errors CODE` shows one."""


def show_errors(
    code: Annotated[str, typer.Argument(help="A code, or the beginning of one; all if it is left out.")] = "",
    markdown: Annotated[bool, typer.Option(help="Print the page docs/reference/errors.md.")] = False,
    refusals: Annotated[bool, typer.Option("--refusals", help="Print the page docs/reference/refusals.md.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show what a code means, who must act, and what to do, in English and Persian."""
    if refusals:
        typer.echo(page_maker("refusals")(), nl=False)
        return
    begin = [entry for entry in CATALOGUE.values() if entry.code.startswith(code)]
    found = [CATALOGUE[code]] if code in CATALOGUE else begin
    if not found:
        errors.print(f"no code begins with {code}", markup=False)
        raise typer.Exit(FINDING)
    if as_json:
        print_json({entry.code: _row(entry) for entry in found})
    elif markdown:
        typer.echo(page(found), nl=False)
    else:
        for entry in found:
            console.print(f"[bold]{entry.code}[/]: {entry.en}\n  {_act(entry)}", soft_wrap=True)
            console.print(f"  {entry.fa} {entry.remedy_fa}", markup=False, soft_wrap=True)
        if others := [entry.code for entry in begin if entry not in found]:
            say(f"other codes begin with {code}: {', '.join(others)}")


def page(entries: Iterable[CatalogueEntry]) -> str:
    """Return the catalogue as a page, a section for each area."""
    lines, area = [_HEAD], ""
    for entry in entries:
        if (here := entry.code.partition(".")[0]) != area:
            area = here
            lines += [
                f"\n## {area}\n",
                "| code | meaning | who must act, and how | برای کاربر |",
                "| --- | --- | --- | --- |",
            ]
        lines.append(f"| `{entry.code}` | {entry.en} | {_act(entry)} | {entry.fa} {entry.remedy_fa} |")
    return "\n".join(lines) + "\n"


def _act(entry: CatalogueEntry) -> str:
    again = "; tried again by itself" if entry.retry else ""
    return f"{entry.actor}: {entry.remedy}{again}"


def _row(entry: CatalogueEntry) -> dict[str, object]:
    return {
        "actor": entry.actor,
        "retry": entry.retry,
        "en": entry.en,
        "remedy": entry.remedy,
        "fa": entry.fa,
        "remedy_fa": entry.remedy_fa,
    }
