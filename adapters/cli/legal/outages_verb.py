"""The verb `legal outages`: measured outages."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Annotated, Any

import typer

from adapters.cli.common.installation import installation_of
from adapters.composition.legal.measured_outages import measured_outages
from adapters.terminal.printing import (
    DEFAULT_CONFIG,
    ConfigOption,
    JsonOption,
    moment,
    point_in_time,
    print_json,
    say,
    screen,
    wrong_date,
)
from adapters.terminal.records import show_records
from gateway.certificate.outage_words import LIMITS, NOT_OVER, RESTORED, cause, duration
from gateway.notice.written_date import parse_day
from gateway.runtime.clock import TEHRAN, timestamp
from gateway.runtime.errors import GatewayError
from gateway.store.outage import EndpointOutage, Outages, ServiceGap

SinceOption = Annotated[
    str, typer.Option("--from", metavar="TIME", help="First day, 1404-11-14, or a time, 2026-02-03T08:30:00Z.")
]
UntilOption = Annotated[
    str | None, typer.Option("--to", metavar="TIME", help="Last day, included, or a time; default: now.")
]


def outages(
    since: SinceOption,
    until: UntilOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """List the times in which the gateway did not run, or the judiciary answered no call, by our own measurements."""
    installation = installation_of(config)
    now = installation.clock()
    found = measured_outages(installation, *times(since, until, now), now)
    if as_json:
        print_json(_facts(found))
        return
    _show(found, now)


def times(since: str, until: str | None, now: datetime) -> tuple[datetime, datetime]:
    """Return begin and end: a day begins at midnight in Tehran, and the last one ends at the next midnight."""
    begin = _time(since, "--from", last=False)
    return begin, now if until is None else _time(until, "--to", last=True)


def _time(text: str, option: str, *, last: bool) -> datetime:
    if "T" in text:
        return point_in_time(text, option)
    try:
        day = parse_day(text)
    except GatewayError as error:
        raise wrong_date(error, option) from error
    return datetime.combine(day + timedelta(days=last), time(), TEHRAN)


def _facts(found: Outages) -> dict[str, Any]:
    return {
        "from": timestamp(found.begin),
        "until": timestamp(found.end),
        "measured_since": None if found.measured_since is None else timestamp(found.measured_since),
        "gateway": [
            {"since": timestamp(gap.since), "until": gap.until and timestamp(gap.until), "restored": gap.restored}
            for gap in found.gaps
        ],
        "judiciary": [
            {
                "destination": each.destination,
                "since": timestamp(each.since),
                "failed_at": timestamp(each.failed_at),
                "failures": each.failures,
                "code": each.code,
                "over_at": each.over_at and timestamp(each.over_at),
            }
            for each in found.endpoints
        ],
    }


def _show(found: Outages, now: datetime) -> None:
    first = found.measured_since
    if first is None or first >= found.end:
        say(
            screen.say(
                "Nothing of the gateway was measured in this time.", "در این بازه کارکرد درگاه اندازه‌گیری نشده است."
            )
        )
    elif first > found.begin:
        say(screen.say(f"measured since {moment(first)}", f"آغاز اندازه‌گیری: {moment(first)}"))
    if found.gaps:
        show_records(
            screen.say("gateway", "درگاه"), _gap_titles(), [_gap(each, now) for each in found.gaps], first_named=True
        )
    if found.endpoints:
        show_records(
            screen.say("judiciary", "قوه قضاییه"),
            _endpoint_titles(),
            list(map(_outage, found.endpoints)),
            first_named=True,
        )
    if not found.gaps and not found.endpoints:
        say(screen.say("no outage was measured", "اختلالی اندازه‌گیری نشده است"))
    for limit in LIMITS:
        say(f"- {screen.words(limit)}", style="dim")


def _gap_titles() -> tuple[str, ...]:
    return (screen.say("since", "از"), screen.say("until", "تا"), screen.say("for", "مدت"), "~")


def _gap(gap: ServiceGap, now: datetime) -> tuple[str, ...]:
    return (
        moment(gap.since),
        screen.words(NOT_OVER) if gap.until is None else moment(gap.until),
        screen.words(duration((gap.until or now) - gap.since)),
        screen.words(RESTORED) if gap.restored else "",
    )


def _endpoint_titles() -> tuple[str, ...]:
    return (
        screen.say("first failed call", "نخستین درخواست ناموفق"),
        screen.say("last failed call", "آخرین درخواست ناموفق"),
        screen.say("first answer", "نخستین پاسخ"),
        ">" + screen.say("calls", "شمار"),
        "~" + screen.say("cause", "علت"),
    )


def _outage(outage: EndpointOutage) -> tuple[str, ...]:
    return (
        moment(outage.since),
        moment(outage.failed_at),
        screen.words(NOT_OVER) if outage.over_at is None else moment(outage.over_at),
        str(outage.failures),
        screen.words(cause(outage.code)),
    )
