"""The verbs `legal calendar`: check, show and seed the office calendar."""

from __future__ import annotations

import os
import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from adapters.cli.legal.calendar_seed import seed
from adapters.cli.legal.legal_folders import LegalConfigOption, ProvinceOption, legal_folders
from adapters.terminal.output_file import writing
from adapters.terminal.printing import (
    MISUSE,
    JsonOption,
    civil_day,
    console,
    print_json,
    say,
    screen,
    table,
    tell_all,
)
from gateway.legal.calendar_reader import read_calendar
from gateway.legal.intervals import DAY
from gateway.legal.office_calendar import Closure, Friday, Holiday, OfficeCalendar
from gateway.legal.origin import MARKS, Mark
from gateway.notice.text import plain
from gateway.notice.written_date import JALALI_YEARS, jalali_day, written_day
from gateway.overview.legal.legal_names import WEEKDAYS, closure_in_words
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import GatewayError

_MONTH: Final = re.compile(r"([0-9]{4})[-/]([0-9]{1,2})")
_YEARS: Final = re.compile(r"([0-9]{4})(?:-([0-9]{4}))?")
_MOST_YEARS: Final = 30
_PREDICTED: Final = Words(en="predicted", fa="پیش‌بینی‌شده")


def check_calendar(config: LegalConfigOption = None, as_json: JsonOption = False) -> None:
    """Refuse gaps, overlaps, unknown provinces and missing sources; count what must be confirmed."""
    files = legal_folders(config).calendar_files()
    found, mistakes = read_calendar(files)
    if as_json:
        print_json({
            "ok": not mistakes,
            **(_range(found) if found else {}),
            "mistakes": [{"code": each.code, "where": each.where, "detail": each.detail} for each in mistakes],
        })  # fmt: skip
    else:
        tell_all(mistakes)
        if found is not None:
            _tell_range(found)
    if mistakes:
        raise typer.Exit(MISUSE)


def _range(found: OfficeCalendar) -> dict[str, Any]:
    holidays = [each for day in found.holidays.values() for each in day]
    return {
        "version": found.version,
        "first": written_day(found.first),
        "last": written_day(found.last),
        "holidays": len(holidays),
        "predicted": sum(each.predicted for each in holidays),
        "to_be_confirmed": sum(not each.origin.is_confirmed for each in found.entries),
        "provinces_without_entries": sorted(each for each in found.provinces if found.is_empty_for(each)),
    }


def _tell_range(found: OfficeCalendar) -> None:
    told = _range(found)
    first, last, holidays, predicted = told["first"], told["last"], told["holidays"], told["predicted"]
    say(
        screen.say(
            f"{first} to {last}: {holidays} holidays, {predicted} of them predicted",
            f"{first} تا {last}: {holidays} تعطیل رسمی که {predicted} مورد آن پیش‌بینی‌شده است",
        )
    )
    say(f"{screen.say('version', 'نسخه')}: {found.version}", style="dim")
    if count := told["to_be_confirmed"]:
        en, fa = f"! {count} entries must be confirmed by counsel", f"! {count} مورد نیازمند تأیید مشاور حقوقی است"
        say(screen.say(en, fa), style="yellow")
    if without := len(told["provinces_without_entries"]):
        en = f"! {without} of {len(found.provinces)} provinces have no closure of their own yet"
        fa = f"! برای {without} استان از {len(found.provinces)} استان هنوز تعطیلی ویژه ثبت نشده است"
        say(screen.say(en, fa), style="yellow")


def show_calendar(
    month: Annotated[str, typer.Option("--month", help="Jalali month: 1404-11; digits of any script.")],
    province: ProvinceOption = None,
    config: LegalConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the days of a month on which offices are closed, with reason and source."""
    first, last = _month(month)
    folders = legal_folders(config)
    files, where = folders.calendar_files(), province or folders.province
    calendar, mistakes = read_calendar(files)
    if calendar is None:
        tell_all(mistakes)
        raise typer.Exit(MISUSE)
    days = [first + number * DAY for number in range((last - first).days + 1)]
    closed = [(day, closure) for day in days if (closure := calendar.closure(day, where)) is not None]
    if as_json:
        told = [{"day": written_day(day), "gregorian": day.isoformat(), **_told(closure)} for day, closure in closed]
        print_json({"month": written_day(first)[:7], "province": where, "version": calendar.version, "closed": told})
        return
    rows = table("", f"!{screen.say('day', 'تاریخ')}", "!", screen.say("closed", "تعطیل"), screen.say("source", "منبع"))
    for day, closure in closed:
        rows.add_row(
            civil_day(day),
            screen.words(WEEKDAYS[day.weekday()]),
            screen.words(closure_in_words(closure)),
            _source(closure),
        )
    console.print(rows)
    if where is None or calendar.is_empty_for(where):
        say(
            screen.say("! no closure of a province is among them", "! تعطیلات استانی در آن منظور نشده است"),
            style="yellow",
        )


def _source(closure: Closure) -> str:
    if isinstance(closure, Friday):
        return ""
    words = [closure.origin.source]
    if isinstance(closure, Holiday) and closure.predicted:
        words.append(_PREDICTED)
    if not closure.origin.is_confirmed:
        words.append(MARKS[Mark.TO_BE_CONFIRMED])
    return screen.say("; ", "؛ ").join(screen.words(each) for each in words)


def _told(closure: Closure) -> dict[str, Any]:
    words = closure_in_words(closure)
    if isinstance(closure, Friday):
        return {"reason": "friday", "en": words.en, "fa": words.fa, "source": None, "mark": None, "predicted": False}
    holiday = isinstance(closure, Holiday)
    return {
        "reason": "holiday" if holiday else "weekday",
        "en": words.en,
        "fa": words.fa,
        "source": closure.origin.source.fa,
        "mark": closure.origin.mark.value,
        "predicted": isinstance(closure, Holiday) and closure.predicted,
    }


def seed_calendar(
    years: Annotated[str, typer.Option("--years", help="Jalali year or years: 1409, or 1409-1411.")],
    folder: Annotated[
        Path | None, typer.Option("--into", help="Folder for the files; one that exists is not replaced.")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace files that are there; edits in them are lost.")
    ] = False,
) -> None:
    """Make files of the calendar from the Python package `holidays`; without --into, print them.

    The package knows the holidays of the country and no province. It is wanted by this verb alone.
    """
    for year in _years(years):
        try:
            text = seed(year)
        except ModuleNotFoundError as error:
            raise GatewayError("legal.seed", where="--years", detail="no package holidays") from error
        if folder is None:
            console.print(text, markup=False, soft_wrap=True, end="")
            continue
        file = folder / f"{year}.toml"
        if os.path.lexists(file) and not replace:
            raise GatewayError(
                "legal.seed", where=str(file), detail="the file is there already; --replace overwrites it"
            )
        with writing(file):
            file.write_text(text, encoding="utf-8")
        say(f"{file}: {text.count('day = ')} entries")


def _years(text: str) -> range:
    found = _YEARS.fullmatch(plain(text))
    if found is None:
        raise GatewayError("legal.seed", where="--years", detail=text[:40])
    first, last = int(found[1]), int(found[2] or found[1])
    years = range(first, last + 1)
    if not years or len(years) > _MOST_YEARS or years[0] not in JALALI_YEARS or years[-1] + 1 not in JALALI_YEARS:
        raise GatewayError("legal.seed", where="--years", detail=text[:40])
    return years


def _month(text: str) -> tuple[date, date]:
    """Return the first and the last day of a Jalali month."""
    found = _MONTH.fullmatch(plain(text))
    if found is None or int(found[1]) not in JALALI_YEARS or not 1 <= int(found[2]) <= 12:
        raise typer.BadParameter(f"{text[:40]}: a Jalali month such as 1404-11 is wanted", param_hint="--month")
    year, month = int(found[1]), int(found[2])
    after = jalali_day(year + month // 12, month % 12 + 1, 1)
    return jalali_day(year, month, 1), after - DAY
