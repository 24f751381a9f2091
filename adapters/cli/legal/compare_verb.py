"""The verb `legal compare`: deadlines of served notices that another calendar, or other rules, would move."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from adapters.cli.common.installation import installation_of
from adapters.composition.installation import Installation
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
from gateway.legal.moved_deadline import MovedDeadline, ServedNotice, moved_deadlines
from gateway.legal.rules import STARTS
from gateway.legal.rules_reader import rules_of
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.written_date import parse_day, written_day
from gateway.overview.legal.moved_deadline_words import reason_in_words

_SERVED: Final = (DeliveryState.DELIVERED, DeliveryState.VIEWED)
_PAGE: Final = 500


def compare(
    calendar: Annotated[
        Path | None, typer.Option("--calendar", help="Folder of another calendar, such as a changed copy.")
    ] = None,
    rules: Annotated[Path | None, typer.Option("--rules", help="Folder of other rules.")] = None,
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
    before = installation.law
    after = Law(
        rules=before.rules if rules is None else rules_of(legal_files(rules)),
        calendar=before.calendar if calendar is None else calendar_of(legal_files(calendar)),
        province=before.province,
    )
    after.calendar.assert_known(after.province)
    count = 0
    moved: list[MovedDeadline] = []
    for notice in _served(installation):
        count += 1
        moved += moved_deadlines(notice, before, after)
    if as_json:
        print_json({
            "notices": count,
            "before": _versions(before),
            "after": _versions(after),
            "moved": [_told(each) for each in moved],
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


def _served(installation: Installation) -> Iterator[ServedNotice]:
    """Yield the served notices, page by page."""
    notices = installation.store().notices
    for state in _SERVED:
        after: str | None = None
        while page := notices.find(state=state, limit=_PAGE, after=after):
            for each in page:
                if (service := each.entry.service) is not None:
                    yield ServedNotice(
                        reference=each.entry.reference,
                        body=each.body,
                        kind=each.kind,
                        served_on=parse_day(service.date),
                        viewed_at=each.entry.viewed_at,
                    )
            after = page[-1].entry.reference


def _versions(law: Law) -> dict[str, str]:
    return {"rules": law.rules.version, "calendar": law.calendar.version}


def _told(moved: MovedDeadline) -> dict[str, Any]:
    reasons = [reason_in_words(each) for each in moved.reasons]
    return {
        "reference": moved.notice.reference,
        "body": moved.notice.body,
        "kind": moved.notice.kind,
        "starts": moved.starts.value,
        "served_on": written_day(moved.notice.served_on),
        "before": _written(moved.before),
        "after": _written(moved.after),
        "reasons": [{"en": each.en, "fa": each.fa} for each in reasons],
    }


def _written(day: date | None) -> str | None:
    return None if day is None else written_day(day)


def _show(moved: list[MovedDeadline]) -> None:
    for each in moved:
        notice = each.notice
        rows = table(f"{notice.reference}  {notice.body}/{notice.kind}", "!", "")
        rows.add_row(screen.say("period", "مهلت"), screen.words(STARTS[each.starts]))
        rows.add_row(screen.say("served", "ابلاغ"), civil_day(notice.served_on))
        rows.add_row(screen.say("last day", "آخرین روز"), f"{civil_day(each.before)} → {civil_day(each.after)}")
        for reason in each.reasons:
            rows.add_row("", screen.words(reason_in_words(reason)))
        console.print(rows)
