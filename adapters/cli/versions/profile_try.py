"""The verb `profile try`: a notice through every operation of a profile, answered by the contract itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.padding import Padding

from adapters.cli.versions.profile_check import FolderArgument, findings_of, show_findings, tell_line
from adapters.composition.preview.previewed_row import printed
from adapters.judiciary.plain_rest.http_message import RestResponse
from adapters.judiciary.trial.answer_reading import NO_RECEIPTS, SESSION, SIGNED_RECEIPT, Reading
from adapters.judiciary.trial.file_bound import STAND_IN, contract_of_files, stand_ins
from adapters.judiciary.trial.profile_trial import ProfileTrial, TriedOperation
from adapters.judiciary.trial.sample_notice import SAMPLE, notice_of
from adapters.settings.profile import profile_in
from adapters.terminal.mapping_mistakes import tell_mistakes
from adapters.terminal.printing import FINDING, JsonOption, console, in_calendar, moment, print_json, screen, table
from gateway.mapping.compiler.mistake import MappingMistaken
from gateway.runtime.clock import system_clock, timestamp
from gateway.runtime.errors import GatewayError

_OPERATIONS = {
    "login": ("log in", "ورود به سامانه"),
    "submit": ("submit a notice", "ارسال ابلاغیه"),
    "inquire": ("ask where it stands", "استعلام وضعیت آن"),
    "ticket": ("ask what became of a ticket", "استعلام کد پیگیری موقت"),
    "receipts": ("ask for receipts", "درخواست رسید"),
    "confirm": ("confirm receipts", "تأیید دریافت رسید"),
}
_STEPS = {
    "request": ("the mapping of the request", "نگاشت درخواست"),
    "contract": ("the contract's verdict on the request", "انطباق درخواست با قرارداد"),
    "sample": ("a sample of the answer", "نمونه پاسخ"),
    "answer": ("the mapping of the answer", "نگاشت پاسخ"),
}

_READINGS = {
    SESSION: ("a session", "نشست"),
    NO_RECEIPTS: ("no receipts", "بدون رسید"),
    SIGNED_RECEIPT: (
        "a signed receipt, which is not tried: only its signer can make one",
        "رسید امضاشده، که بررسی نمی‌شود: تنها امضاکننده آن می‌تواند آن را بسازد",
    ),
}


def try_profile(
    folder: FolderArgument,
    notice: Annotated[
        str,
        typer.Option("--notice", metavar="FILE|sample", help="A notice that `notice show --save` wrote, or a sample."),
    ] = SAMPLE,
    values: Annotated[
        list[str] | None,
        typer.Option("--value", metavar="NAME=TEXT", help=r"A text of \[judiciary.values]; without it a stand-in."),
    ] = None,
    answers: Annotated[
        list[str] | None,
        typer.Option(
            "--answer",
            metavar="OPERATION=FILE",
            help="An answer in the place of a sample: XML, JSON, or as this verb shows one over HTTP.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Run a notice through every operation of a profile's folder, against an echo of its contract; nothing is sent.

    It shows each request as it would be sent, a sample answer that the contract allows, and what the mapping reads of
    it, also for each word of its tables. Signatures and TLS are no part of it. A notice of a file is personal data.
    """
    given = {**stand_ins(folder), **_pairs(values, "--value")}
    files = {key: Path(file) for key, file in _pairs(answers, "--answer").items()}
    if foreign := sorted(set(files) - set(_OPERATIONS)):
        raise typer.BadParameter(f"{foreign[0]}: one of {', '.join(_OPERATIONS)} is wanted", param_hint="--answer")
    found = findings_of(folder)
    if not found.is_ready:
        _refuse(folder, as_json)
        raise typer.Exit(FINDING)
    profile = profile_in(folder, folder.resolve().name)
    if not profile.file.protocol.is_mapped:
        detail = f"protocol = {profile.file.protocol.value}: the sandbox serves it, so a demonstration tries it"
        raise GatewayError("profile.unsupported", where=str(folder), detail=detail)
    try:
        contract = contract_of_files(profile, given)
    except MappingMistaken as mistaken:
        tell_mistakes(mistaken)
        raise typer.Exit(FINDING) from mistaken
    trial = ProfileTrial(
        profile=profile, contract=contract, notice=notice_of(notice), now=system_clock(), answers=files
    )
    tried = list(trial.operations())
    if as_json:
        print_json({"folder": str(folder), "operations": [_facts(each) for each in tried]})
    else:
        for each in tried:
            _show(each)
        if invented := sorted(name for name, text in given.items() if text == STAND_IN):
            names = ", ".join(invented)
            en = f"stand-ins for [judiciary.values]: {names}; --value {invented[0]}=TEXT gives the real one"
            fa = f"مقادیر آزمایشی [judiciary.values]: {names}؛ مقدار واقعی با --value {invented[0]}=TEXT داده می‌شود"
            tell_line(screen.say(en, fa), 0)
    if any(each.error is not None for each in tried):
        raise typer.Exit(FINDING)


def _pairs(told: Sequence[str] | None, option: str) -> dict[str, str]:
    found = dict[str, str]()
    for each in told or ():
        name, sign, text = each.partition("=")
        if not sign or not name:
            raise typer.BadParameter(f"{each}: NAME=TEXT is wanted", param_hint=option)
        found[name] = text
    return found


def _refuse(folder: Path, as_json: bool) -> None:
    found = findings_of(folder)
    if as_json:
        print_json({"folder": str(folder), "operations": [], "blanks": len(found.blanks)})
        return
    show_findings(found)
    tell_line(screen.say("nothing was tried: mend these first", "چیزی بررسی نشد: نخست این موارد را اصلاح کنید"), 0)


def _show(tried: TriedOperation) -> None:
    title = screen.say(*_OPERATIONS[tried.key])
    console.print(f"[bold]{title}[/]", end="")
    tell_line(f": {tried.name} ({tried.files})", 0)
    if tried.header is not None:
        _shown("header of the request", "سرآیند درخواست", tried.header)
    if tried.request is not None:
        _shown("request", "درخواست", tried.request)
    if tried.answer is not None:
        _shown("a sample of the answer", "نمونه پاسخ", tried.answer)
    for reading in tried.readings:
        tell_line(screen.say("outcome", "نتیجه") + f": {_words(reading)}", 2)
    if tried.words:
        _show_words(tried.words)
    if tried.error is not None:
        _show_error(tried, tried.error)
    console.print()


def _shown(en: str, fa: str, content: Any) -> None:
    tell_line(screen.say(en, fa) + ":", 2)
    tell_line(_written(content), 4)


def _written(content: Any) -> str:
    if isinstance(content, RestResponse):
        head = [f"HTTP {content.status}", *(f"{name}: {value}" for name, value in content.headers.items())]
        return "\n".join(head if content.body is None else [*head, "", printed(content.body)])
    return printed(content)


def _words(reading: Reading) -> str:
    word = screen.say(*_READINGS.get(reading.word, (reading.word, reading.word)))
    details = [
        f"{screen.say('tracking number', 'شماره رهگیری')} {reading.number}" if reading.number else "",
        f"{screen.say('ticket', 'کد پیگیری موقت')} {reading.ticket}" if reading.ticket else "",
        f"{screen.say('until', 'تا')} {moment(reading.until)}" if reading.until else "",
        in_calendar(reading.details),
    ]
    told = ", ".join(filter(None, details))
    return f"{word} ({told})" if told else word


def _show_words(words: Sequence[tuple[str, Reading]]) -> None:
    rows = table("", screen.say("word of the service", "واژه سرویس"), screen.say("becomes", "می‌شود"))
    for word, reading in words:
        rows.add_row(word, _words(reading))
    console.print(Padding(rows, (0, 0, 0, 2)))


def _show_error(tried: TriedOperation, error: GatewayError) -> None:
    where = screen.say(*_STEPS[tried.step])
    entry, place = error.entry, f"{tried.file}, {error.where}" if error.where else tried.file
    tell_line(f"{screen.say('failed', 'ناموفق')}: {where} [{error.code}]", 2)
    tell_line(f"{screen.say('place', 'محل')}: {place}" + (f" ({error.detail})" if error.detail else ""), 4)
    tell_line(screen.say(f"{entry.en}; {entry.remedy}", f"{entry.fa} {entry.remedy_fa}"), 4)


def _facts(tried: TriedOperation) -> Mapping[str, Any]:
    error = tried.error
    return {
        "operation": tried.key,
        "name": tried.name,
        "file": tried.file,
        "request": None if tried.request is None else _written(tried.request),
        "answer": None if tried.answer is None else _written(tried.answer),
        "outcomes": [{"word": each.word, **_detailed(each)} for each in tried.readings],
        "words": [{"word": word, "becomes": each.word, **_detailed(each)} for word, each in tried.words],
        "error": None if error is None else {"step": tried.step, "code": error.code, "text": str(error)},
    }


def _detailed(reading: Reading) -> Mapping[str, str | None]:
    until = None if reading.until is None else timestamp(reading.until)
    return {"details": reading.details, "number": reading.number, "ticket": reading.ticket, "until": until}
