"""The verbs `keys revocation`: the lists of revoked certificates in the store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from adapters.composition.installation import Installation
from adapters.composition.revocation_checks import refresh_lists, watched_certificates
from adapters.revocation.list_sources import FileList
from adapters.terminal.printing import (
    DEFAULT_CONFIG,
    FINDING,
    ConfigOption,
    JsonOption,
    age,
    console,
    exit_code,
    moment,
    print_json,
    tell,
)
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import GatewayError
from gateway.trust.revocation_refresh import concerns, take
from gateway.trust.revocation_status import RevocationList


@contextmanager
def _opened(config: Path) -> Iterator[Installation]:
    installation = Installation.of(config)
    try:
        yield installation
    finally:
        installation.close()


def list_lists(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Show the newest list of each authority, and what is wrong; exit 1 if something is."""
    with _opened(config) as installation:
        _show(installation, as_json)


def fetch(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Fetch every list now, from the addresses and the folder of [revocation]; exit 1 if one is refused."""
    with _opened(config) as installation:
        report = refresh_lists(installation, at_once=True)
        if not as_json:
            told = ", ".join(f"{number} {_COUNTED[name]}" for name, number in sorted(report.counts.items()))
            console.print(told or "no list came")
        _show(installation, as_json, report.errors)


def import_lists(
    files: Annotated[list[Path], typer.Argument(help="Lists in DER or PEM.")],
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Take lists from files, as on a closed network; each is verified as if it had been fetched."""
    errors: list[GatewayError] = []
    with _opened(config) as installation:
        for path in files:
            try:
                for octets in FileList(path).fetch():
                    outcome = take(octets, str(path), installation.revocation_lists, installation.clock())
                    if not as_json:
                        console.print(f"{escape(str(path))}: {_COUNTED[outcome]}", soft_wrap=True)
            except GatewayError as error:
                errors.append(error)
        _show(installation, as_json, errors)


_COUNTED = {"lists": "new", "unchanged": "known already", "overtaken": "a newer one came meanwhile"}


def _show(installation: Installation, as_json: bool, errors: list[GatewayError] | None = None) -> None:
    """Show the lists; then the errors, and further errors of the certificates in use."""
    now, lists = installation.clock(), installation.revocation_lists.look()
    newest = {each.scope: each for each in sorted(lists.all(), key=lambda each: each.this_update)}
    wrong = {
        str(error): error for error in (*(errors or ()), *concerns(lists, watched_certificates(installation), now))
    }
    requirement = installation.settings.revocation_requirement
    if as_json:
        rows = [_row(each) for each in newest.values()]
        print_json({"requirement": requirement, "lists": rows, "errors": list(wrong)})
    else:
        console.print(f"judiciary.revocation = {requirement}")
        for each in sorted(newest.values(), key=lambda each: each.name):
            left = each.next_update - now
            ends = f"ends in {age(left)}" if left.total_seconds() > 0 else "[red]has ended[/]"
            console.print(f"[bold]{escape(each.name)}[/]: {ends}, {len(each.revoked)} revoked", soft_wrap=True)
            number = "–" if each.number is None else each.number
            console.print(f"  issued {moment(each.this_update)}, next by {moment(each.next_update)}, number {number}")
            console.print(f"  {each.digest}", soft_wrap=True)
        if not newest:
            console.print("no list is at hand")
        for error in wrong.values():
            tell(error)
    if wrong:
        raise typer.Exit(max((exit_code(error) for error in wrong.values()), default=FINDING))


def _row(each: RevocationList) -> dict[str, Any]:
    return {
        "authority": each.name,
        "number": each.number,
        "this_update": timestamp(each.this_update)[:19] + "Z",
        "next_update": timestamp(each.next_update)[:19] + "Z",
        "revoked": len(each.revoked),
        "digest": each.digest,
    }
