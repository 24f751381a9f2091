"""The verb `rows refused`: rows of which no notice was made, with the corrections that a clerk must make."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.padding import Padding
from rich.text import Text

from adapters.cli.common.installation import installation_of
from adapters.composition.overview.refused_rows import refused_csv, refused_rows, row_facts
from adapters.terminal.printing import (
    DEFAULT_CONFIG,
    WIDE,
    ConfigOption,
    JsonOption,
    console,
    day,
    errors,
    print_json,
    screen,
    table,
)
from gateway.runtime.errors import CATALOGUE

app = typer.Typer(help="Rows of the sources.", no_args_is_help=True)


@app.command("refused")
def refused(
    source: Annotated[str | None, typer.Option(help="Only rows of this source.")] = None,
    code: Annotated[str | None, typer.Option(help="Only this code, or an area of codes such as recipient.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="At most so many rows.")] = 1000,
    as_csv_file: Annotated[bool, typer.Option("--csv", help="Print CSV, UTF-8 with a byte order mark.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """List the rows that are refused as they stand now, with their cases, and why. A corrected row is read again by
    itself."""
    installation = installation_of(config)
    if source is not None and source not in installation.settings.sources:
        known = ", ".join(installation.settings.sources)
        raise typer.BadParameter(f"there is no source {source}; there are: {known}", param_hint="--source")
    if code is not None and not any(each == code or each.startswith(f"{code}.") for each in CATALOGUE):
        raise typer.BadParameter(f"there is no code {code}; `errors` lists them", param_hint="--code")
    found: list[dict[str, Any]] = []
    for each in refused_rows(installation.store().refusals, source=source, code=code):
        if len(found) == limit:
            errors.print(f"there are more than {limit} rows; --limit shows more", markup=False)
            break
        found.append(row_facts(each))
    if as_json:
        print_json({"refused": found})
    elif as_csv_file:
        sys.stdout.buffer.write(refused_csv(found))
        sys.stdout.flush()
    else:
        show_refused(found)


def show_refused(found: Sequence[Mapping[str, Any]]) -> None:
    """Print a table of refused rows; on a narrow screen a line for each, and its reason below."""
    say = screen.say
    if not found:
        console.print(say("no row is refused", "هیچ ردیفی رد نشده است"))
        return
    if console.width < WIDE:
        for each in found:
            row, case = say(f"row {each['row']}", f"ردیف {each['row']}"), each["case"] or say("not known", "نامشخص")
            told = [f"{each['source']} {row}", say(f"case {case}", f"پرونده {case}"), each["code"]]
            console.print(Text("  ".join([*told, day(each["refused_at"])]), overflow="fold"))
            console.print(Padding(Text(each["reason"]), (0, 0, 0, 4)))
        return
    columns = {"source": "منبع", "row": "ردیف", "case": "پرونده", "code": "کد", "since": "از", "reason": "علت"}
    rows = table("", *(say(*pair) for pair in columns.items()))
    for each in found:
        since = day(each["refused_at"])
        rows.add_row(each["source"], each["row"], each["case"] or "–", each["code"], since, each["reason"])
    console.print(rows)
