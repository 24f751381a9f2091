"""The verb `profile init`: the first version of a profile's folder, made from a service's contract."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.versions.profile_check import facts_of, findings_of, show_codes, show_findings, tell_line
from adapters.judiciary.skeleton.profile_skeleton import Skeleton, write_skeleton
from adapters.judiciary.skeleton.survey import Role
from adapters.terminal.printing import JsonOption, print_json
from gateway.runtime.errors import GatewayError

_ROLES = {
    Role.SUBMIT: ("submits a notice", "ارسال ابلاغیه"),
    Role.INQUIRE: ("answers where a notice stands", "استعلام وضعیت ابلاغیه"),
    Role.RECEIPTS: ("brings receipts", "دریافت رسید"),
    Role.LOGIN: ("begins a session", "ورود به سامانه"),
    Role.TICKET: ("answers what became of a ticket", "استعلام کد پیگیری موقت"),
}
_OFTEN_ABSENT = (Role.LOGIN, Role.TICKET)


def init_profile(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A folder that does not exist yet.")],
    wsdl: Annotated[
        Path | None, typer.Option("--wsdl", help="The service's WSDL; what it imports lies beside it.")
    ] = None,
    openapi: Annotated[
        Path | None, typer.Option("--openapi", help="Or its OpenAPI document, 3.0 or 3.1, in JSON.")
    ] = None,
    submit: Annotated[str | None, typer.Option(help="The operation that submits; else a guess by its name.")] = None,
    inquire: Annotated[str | None, typer.Option(help="The operation that answers where a notice stands.")] = None,
    receipts: Annotated[str | None, typer.Option(help="The operation that brings receipts.")] = None,
    login: Annotated[str | None, typer.Option(help="The operation that begins a session and gives its token.")] = None,
    ticket: Annotated[str | None, typer.Option(help="The operation that answers what became of a ticket.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Write the first version of a profile from a service's contract.

    It tells which operations were guessed, what cannot be served, what would not be protected, and what a person must
    fill in. Nothing is overwritten, and nothing is fetched.
    """
    contract = wsdl or openapi
    if contract is None or (wsdl is not None and openapi is not None):
        raise typer.BadParameter("one of --wsdl and --openapi is wanted", param_hint="--wsdl")
    if not contract.is_file():
        raise GatewayError("profile.contract", where=str(contract), detail="no such file")
    given = {
        Role.SUBMIT: submit,
        Role.INQUIRE: inquire,
        Role.RECEIPTS: receipts,
        Role.LOGIN: login,
        Role.TICKET: ticket,
    }
    named = {role: name for role, name in given.items() if name is not None}
    made = write_skeleton(folder, contract, named, is_openapi=wsdl is None)
    found = findings_of(folder)
    if as_json:
        unserved = [{"code": each.code, "where": each.where, "detail": each.detail} for each in made.unserved]
        roles = {role.value: name for role, name in made.roles.by_role.items()}
        guessed = sorted(role.value for role in made.roles.guessed)
        written = {"folder": str(folder), "files": list(made.files), "operations": roles, "guessed": guessed}
        print_json(written | {"unserved": unserved} | facts_of(found))
        return
    _show(made)
    show_findings(found)
    tell_line(f"next: fill in the blanks, then profile check {folder} and profile try {folder}", 0)
    tell_line(f"گام بعد: جاهای خالی را پر کنید، سپس profile check {folder} و profile try {folder}", 0)


def _show(made: Skeleton) -> None:
    tell_line(f"written: {made.folder} ({', '.join(made.files)})", 0)
    for role, (en, fa) in _ROLES.items():
        name = made.roles.by_role.get(role)
        if name is None and role in _OFTEN_ABSENT:
            continue
        guess, guess_fa = (", a guess", " (حدس)") if role in made.roles.guessed else ("", "")
        told = f"{en}: {name or 'no operation found'}{guess}"
        told_fa = f"{fa}: {name or 'عملیاتی یافت نشد'}{guess_fa}"
        for line, indent in ((told, 2), (told_fa, 4)):
            tell_line(line, indent)
    if not made.states_security:
        tell_line(
            "the contract says nothing of security: ask whether messages are signed, and how calls are authorized", 2
        )
        tell_line(
            "قرارداد درباره امنیت چیزی نمی‌گوید: بپرسید آیا پیام‌ها امضا می‌شوند و فراخوانی‌ها چگونه مجاز شناخته می‌شوند", 4
        )
    by_code: dict[str, list[str]] = {}
    for each in made.unserved:
        by_code.setdefault(each.code, []).append(f"{each.where}: {each.detail}" if each.detail else each.where)
    found = {code: "; ".join(places) for code, places in by_code.items()}
    show_codes("not bound", "آنچه متصل نشده است", found, with_remedy=True)
