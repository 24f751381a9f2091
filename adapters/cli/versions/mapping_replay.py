"""The verb `mapping replay`: a draft run over the rows of admitted notices, and the differences that it would make."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from adapters.cli.common.installation import installation_of
from adapters.cli.common.known_source import known_source
from adapters.composition.mappings import case_mapper, current_mapper
from adapters.composition.sources import assert_mappable, case_source
from adapters.contracts.mapping_files import read_mapping
from adapters.terminal.printing import (
    DEFAULT_CONFIG,
    FINDING,
    ConfigOption,
    JsonOption,
    console,
    moment,
    point_in_time,
    print_json,
    screen,
    table,
)
from gateway.overview.versions.replay_outcome import (
    ALWAYS,
    FIGURES,
    NOTHING,
    changed_fields,
    figures,
    refused_by_one,
)
from gateway.versions.replay import Replayed, replay

_BACK = timedelta(days=30)
_EXAMPLES = 3


def replay_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A draft: a mapping file (TOML) of rows.")],
    source: Annotated[str | None, typer.Option("--source", help="A source; needed where there are several.")] = None,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="Notices admitted from this day or time on; by default 30 days.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="At most so many notices.")] = 500,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Show, field by field, the differences that a draft makes for rows that became notices.

    Exit 1 if there are any, or if no notice was admitted since then. Both mappings read each row in its present state:
    the one in force, and the draft. Nothing is stored or sent. The output is personal data.
    """
    installation = installation_of(config)
    name = known_source(installation, source)
    program = assert_mappable(installation, name, read_mapping(file), str(file))
    current, draft = current_mapper(installation, name), case_mapper(installation, program)
    begin = point_in_time(since, "--since") if since else installation.clock() - _BACK
    cases = case_source(installation, name)
    found = list(replay(installation.store(), cases, current, draft, begin, limit))
    if as_json:
        told = [_row(each) for each in found if not each.same]
        mappings = {"current": f"{current.name}@{current.version}", "current_digest": current.digest}
        print_json({**mappings, "draft_digest": draft.digest, "figures": figures(found), "notices": told})
    else:
        console.print(
            f"{current.name}@{current.version} against {file}, {len(found)} notices of {name}\n",
            markup=False,
            soft_wrap=True,
        )
        if found:
            _show(found)
        else:
            console.print(
                f"[yellow]nothing was compared[/]: no notice was admitted since {moment(begin)}", soft_wrap=True
            )
            console.print(NOTHING.fa, markup=False, soft_wrap=True)
    if not found or any(not each.same for each in found):
        raise typer.Exit(FINDING)


def _show(found: list[Replayed]) -> None:
    shown = table("", ">", "")
    for name, count in figures(found).items():
        if count or name in ALWAYS:
            shown.add_row(f"{count:,}", screen.words(FIGURES[name]))
    console.print(shown)
    for changed in changed_fields(found, _EXAMPLES):
        rows = table(f"\n{changed.path}: {changed.count:,} notices", "reference", "row", "in force", "draft")
        for each in changed.examples:
            rows.add_row(each.notice.reference, each.notice.row_key, _text(each.before), _text(each.after))
        console.print(rows)
    if refused := refused_by_one(found):
        rows = table("\nrefused by one of them", "reference", "row", "in force", "draft")
        for notice in refused[:_EXAMPLES]:
            rows.add_row(
                notice.reference, notice.row_key, notice.refused_before or "good", notice.refused_after or "good"
            )
        console.print(rows)


def _text(value: Any) -> str:
    return "–" if value is None else str(value)


def _row(each: Replayed) -> dict[str, Any]:
    return {
        "reference": each.reference,
        "row": each.row_key,
        "gone": each.gone,
        **({"unreadable": True} if each.unreadable else {}),
        "another_notice": each.renamed,
        "not_as_admitted": each.unlike,
        "refused_by_current": each.refused_before,
        "refused_by_draft": each.refused_after,
        "fields": {d.path: {"in_force": d.before, "draft": d.after} for d in each.differences},
    }
