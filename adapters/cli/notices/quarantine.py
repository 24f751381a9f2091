"""The verbs `quarantine list`, `show`, `release` and `dismiss`: refused octets, and persons' acts on them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from adapters.acts.upkeep_facts import item_facts
from adapters.cli.common.acting_account import ReasonOption, by, perform
from adapters.cli.common.installation import installation_of
from adapters.crypto.keys.secret_file import new_file
from adapters.terminal.output_file import writing
from adapters.terminal.printing import (
    DEFAULT_CONFIG,
    FINDING,
    ConfigOption,
    JsonOption,
    console,
    errors,
    moment,
    print_json,
    screen,
    table,
)
from adapters.terminal.records import show_records
from gateway.quarantine import quarantine
from gateway.runtime.errors import CATALOGUE
from gateway.store.ports.quarantine_store import QuarantineStore

app = typer.Typer(help="What came and is not believed: kept raw, for a person to look at.", no_args_is_help=True)

_LEAST: Final = len("sha256:") + 8
"""Characters of a beginning that names a digest."""

_LOOKED_AT: Final = 100

_TITLES: Final = {"digest": "چکیده", "code": "کد", "kind": "نوع", "from": "فرستنده", "received": "زمان دریافت"}

BeginningArgument = Annotated[
    str, typer.Argument(metavar="DIGEST", help="sha256:… as `quarantine list` shows it; its beginning is enough.")
]
DigestArgument = Annotated[str, typer.Argument(metavar="DIGEST", help="sha256:… as `quarantine list` shows it.")]
CodeOption = Annotated[str, typer.Option(help="The code that it stands under.")]


@app.command("list")
def list_items(
    code: Annotated[str | None, typer.Option(help="Only items that stand under this code.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 20,
    after: Annotated[str | None, typer.Option(help="Begin after this DIGEST/CODE.")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """List what stands in quarantine, a page at a time."""
    store = installation_of(config).store()
    found = store.quarantine.page(code=code, limit=limit, after=_place(after) if after else None)
    full = any(quarantine.is_full(store.quarantine, kind) for kind in quarantine.MOST)
    if as_json:
        print_json({"items": [item_facts(item) for item in found], "full": full})
        return
    if found:
        cells = [
            (item.payload_digest, item.code, item.kind.value, item.origin, moment(item.received_at)) for item in found
        ]
        show_records("", [screen.say(*pair) for pair in _TITLES.items()], cells)
    else:
        console.print(screen.say("nothing is in quarantine", "چیزی در قرنطینه نیست"))
    if len(found) == limit:
        console.print(f"more: quarantine list --after {found[-1].payload_digest}/{found[-1].code}", soft_wrap=True)
    if full:
        problem = CATALOGUE["quarantine.full"]
        errors.print(f"note: {problem.en}\n  what to do: {problem.remedy}", markup=False, soft_wrap=True)


@app.command("show")
def show(
    digest: BeginningArgument,
    save: Annotated[Path | None, typer.Option(help="Write the exact octets into this file.")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Show all facts about some octets: each code that refused them, and the consequences."""
    store = installation_of(config).store()
    digest = _whole(store.quarantine, digest)
    items = store.quarantine.items(digest)
    if not items:
        found = screen.say(
            f"nothing of {digest} is or was in quarantine; `quarantine list` shows what is",
            f"چیزی از {digest} در قرنطینه نیست و نبوده است؛ فرمان quarantine list موارد قرنطینه را نشان می‌دهد",
        )
        errors.print(found, markup=False)
        raise typer.Exit(FINDING)
    octets = store.evidence.payload(digest)
    if save is not None:
        with writing(save), new_file(save) as file:
            file.write(octets)
    if as_json:
        saved = None if save is None else str(save)
        print_json(
            {"digest": digest, "bytes": len(octets), "items": [item_facts(item) for item in items], "saved": saved}
        )
        return
    console.print(f"{digest}, {len(octets)} bytes\n", soft_wrap=True)
    for item in items:
        facts = table(item.code, "", "")
        for label, value in (item_facts(item) | {"remedy": CATALOGUE[item.code].remedy}).items():
            if label not in ("digest", "code") and value is not None:
                facts.add_row(label.replace("_", " "), str(value))
        console.print(facts, "")
    if save is not None:
        console.print(f"saved {save}", markup=False)


@app.command("release")
def release_item(
    digest: DigestArgument,
    code: CodeOption,
    reason: ReasonOption,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Judge a receipt again, such as after a certificate was registered; exit 1 if it is still refused."""
    facts = perform(installation_of(config), "quarantine.release", reason, digest=digest, code=code)
    if as_json:
        print_json(facts)
    elif facts["believed"]:
        console.print(f"believed: receipt {facts['receipt']} of {facts['reference']} is stored")
    if not as_json:
        for each in facts["standing"]:
            console.print(f"in quarantine: {each['code']}: {each['detail']}", markup=False, soft_wrap=True)
        if facts["unconfirmed"]:
            for told in filter(None, (facts["unconfirmed"], facts["left_out"])):
                errors.print(told, markup=False, soft_wrap=True)
            console.print("the receipt was not confirmed; release it once more when the judiciary answers")
    if facts["standing"] or facts["unconfirmed"]:
        raise typer.Exit(FINDING)


@app.command("dismiss")
def dismiss_item(
    digest: DigestArgument,
    code: CodeOption,
    reason: ReasonOption,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Take an item off the list once you know its origin. Its octets are kept, and nothing is accepted."""
    facts = perform(installation_of(config), "quarantine.dismiss", reason, digest=digest, code=code)
    if as_json:
        print_json(facts)
    else:
        console.print(f"dismissed by {by(facts)}", markup=False)


def _whole(items: QuarantineStore, digest: str) -> str:
    """Return the digest that begins so, if one item in quarantine has it; else the text as it is."""
    if len(digest) < _LEAST:
        return digest
    page = items.page(code=None, limit=_LOOKED_AT, after=(digest, ""))
    found = {item.payload_digest for item in page if item.payload_digest.startswith(digest)}
    return found.pop() if len(found) == 1 else digest


def _place(after: str) -> tuple[str, str]:
    digest, _, code = after.partition("/")
    if not code:
        raise typer.BadParameter("DIGEST/CODE is wanted, as the end of a page shows it", param_hint="--after")
    return digest, code
