"""The verb `legal compare`: deadlines of served notices that another calendar, or other rules, would move."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.common.installation import installation_of
from adapters.settings.legal_folder import legal_files
from adapters.terminal.printing import (
    DEFAULT_CONFIG,
    FINDING,
    ConfigOption,
    JsonOption,
    civil_day,
    console,
    print_json,
    say,
    screen,
    table,
)
from gateway.legal.calendar_reader import calendar_of
from gateway.legal.law import Law
from gateway.legal.legal_file import LegalFile
from gateway.legal.moved_deadline import MovedDeadline
from gateway.legal.rules import STARTS
from gateway.legal.rules_reader import rules_of
from gateway.notice.legal_effect import at_the_latest
from gateway.overview.legal.moved_deadline_words import reason_in_words, told_moved
from gateway.record.version_subject import Subject
from gateway.runtime.bilingual import Words
from gateway.store.ports.version_store import VersionStore
from gateway.versions.laws import files_of
from gateway.versions.moved_report import compared
from gateway.versions.version_plans import find


def compare(
    calendar: Annotated[
        str | None, typer.Option("--calendar", help="Folder of another calendar, or a version of it: calendar@2.")
    ] = None,
    rules: Annotated[
        str | None, typer.Option("--rules", help="Folder of other rules, or a version of them: rules@2.")
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """List the deadlines of served notices that other rules, or another calendar, would move: old and new, with the
    reason.

    Nothing is changed. Exit 1 if a deadline moves.
    """
    if calendar is None and rules is None:
        raise typer.BadParameter("one of --calendar and --rules is wanted", param_hint="--calendar")
    installation = installation_of(config)
    store, laws = installation.store(), installation.laws()
    before = laws.at(None)
    after = replace(
        before,
        rules=before.rules if rules is None else rules_of(_files(store.versions, rules, Subject.RULES)),
        calendar=before.calendar
        if calendar is None
        else calendar_of(_files(store.versions, calendar, Subject.CALENDAR)),
    )
    found = compared(
        store.notices,
        laws,
        rules=None if rules is None else after.rules,
        calendar=None if calendar is None else after.calendar,
    )
    count, moved = found.notices, found.moved
    if as_json:
        print_json({
            "notices": count,
            "before": _versions(before),
            "after": _versions(after),
            "moved": [told_moved(each) for each in moved],
        })  # fmt: skip
    else:
        _show(moved)
        say(
            screen.say(
                f"{count} served notices; {len(moved)} deadlines would move",
                f"{count} ابلاغیه ابلاغ‌شده؛ {len(moved)} مهلت تغییر می‌کند",
            )
        )
    if moved:
        raise typer.Exit(FINDING)


def _files(versions: VersionStore, named: str, subject: Subject) -> list[LegalFile]:
    """Return the files of a folder, or of a version. Raises `GatewayError` ``mapping-life.no-version``, ``legal.*``."""
    if Path(named).is_dir():
        return legal_files(Path(named))
    version = find(versions, named, subject)
    return files_of(version.octets, version.label)


def _versions(law: Law) -> dict[str, str]:
    return {"rules": law.rules.version, "calendar": law.calendar.version}


def _show(moved: Sequence[MovedDeadline]) -> None:
    for each in moved:
        notice = each.notice
        rows = table(f"{notice.reference}  {notice.body}/{notice.kind}", "!", "")
        rows.add_row(screen.say("period", "مهلت"), screen.words(STARTS[each.starts]))
        served = Words(en=civil_day(notice.served_on), fa=civil_day(notice.served_on))
        if notice.served_on is not None and not notice.arrival_known:
            served = at_the_latest(served)
        rows.add_row(screen.say("served", "ابلاغ"), screen.words(served))
        rows.add_row(screen.say("last day", "آخرین روز"), f"{civil_day(each.before)} → {civil_day(each.after)}")
        for reason in each.reasons:
            rows.add_row("", screen.words(reason_in_words(reason)))
        console.print(rows)
