"""The verbs `legal rules`: check the files of rules, and show what they say."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.legal.legal_folders import LegalConfigOption, legal_folders
from adapters.settings.legal_folder import legal_file
from adapters.terminal.printing import MISUSE, JsonOption, console, print_json, say, screen, table, tell_all
from gateway.legal.rules import RuleSet
from gateway.legal.rules_reader import read_rules
from gateway.notice.written_date import written_day


def check_rules(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Files of rules; default: all of the folder in force.")
    ] = None,
    config: LegalConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Refuse gaps, overlaps, unknown kinds and missing sources; list what counsel must confirm."""
    read = [legal_file(file) for file in files] if files else legal_folders(config).rule_files()
    found, mistakes = read_rules(read, whole=not files)
    unconfirmed = [] if found is None else [each for each in found.periods if not each.origin.is_confirmed]
    if as_json:
        print_json({
            "ok": not mistakes,
            "version": found and found.version,
            "bodies": sorted(found.bodies) if found else [],
            "rules": len(found.periods) + len(found.services) if found else 0,
            "mistakes": [{"code": each.code, "where": each.where, "detail": each.detail} for each in mistakes],
            "to_be_confirmed": [each.id for each in unconfirmed],
        })  # fmt: skip
    else:
        tell_all(mistakes)
        if found is not None:
            _show(found)
            count = len(found.periods) + len(found.services)
            say(screen.say(f"{len(read)} files, {count} rules", f"{len(read)} فایل، {count} قاعده"))
            say(f"{screen.say('version', 'نسخه')}: {found.version}", style="dim")
            if unconfirmed:
                say(
                    screen.say(
                        f"! {len(unconfirmed)} rules must be confirmed by counsel",
                        f"! {len(unconfirmed)} قاعده نیازمند تأیید مشاور حقوقی است",
                    ),
                    style="yellow",
                )
    if mistakes:
        raise typer.Exit(MISUSE)


def _show(rules: RuleSet) -> None:
    for body in rules.bodies.values():
        rows = table(f"{body.code}: {screen.words(body.title)}", "!", "!kind", "!starts", "!period", "!abroad", "!from")
        for each in (each for each in rules.periods if each.body == body.code):
            abroad = str(each.abroad) if each.is_counted else "–"
            mark = " " if each.origin.is_confirmed else "!"
            rows.add_row(mark, each.kind, each.starts, str(each.period), abroad, written_day(each.begins))
        console.print(rows)
