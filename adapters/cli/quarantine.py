"""`quarantine list, show, release, dismiss`: what came and is not believed, and what a person does with it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from adapters.cli.account import ReasonOption, account, act
from adapters.cli.console import (
    DEFAULT_CONFIG,
    FINDING,
    ConfigOption,
    JsonOption,
    console,
    errors,
    moment,
    print_json,
    table,
    tell,
)
from adapters.cli.installation import installation_of
from gateway import quarantine
from gateway.act import NOT_AUTHENTICATED
from gateway.clock import timestamp
from gateway.errors import CATALOGUE
from gateway.release import Judged, dismiss, find
from gateway.stored import Quarantined

app = typer.Typer(help="What came and is not believed: kept raw, for a person to look at.", no_args_is_help=True)

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
    found = store.quarantine(code=code, limit=limit, after=_place(after) if after else None)
    full = any(quarantine.is_full(store, kind) for kind in quarantine.MOST)
    if as_json:
        print_json({"items": [_item(item) for item in found], "full": full})
        return
    rows = table("", "digest", "code", "kind", "from", "received")
    for item in found:
        rows.add_row(item.payload_digest, item.code, item.kind.value, item.origin, moment(item.received_at))
    console.print(rows if found else "nothing is in quarantine")
    if len(found) == limit:
        console.print(f"more: quarantine list --after {found[-1].payload_digest}/{found[-1].code}", soft_wrap=True)
    if full:
        problem = CATALOGUE["quarantine.full"]
        errors.print(f"note: {problem.en}\n  what to do: {problem.remedy}", markup=False, soft_wrap=True)


@app.command("show")
def show(
    digest: DigestArgument,
    save: Annotated[Path | None, typer.Option(help="Write the exact octets into this file.")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Show everything that is known of some octets: each code that refused them, and what became of that."""
    store = installation_of(config).store()
    items = store.quarantined(digest)
    if not items:
        errors.print(f"nothing of {digest} is or was in quarantine; `quarantine list` shows what is", markup=False)
        raise typer.Exit(FINDING)
    octets = store.payload(digest)
    if save is not None:
        save.write_bytes(octets)
    if as_json:
        saved = None if save is None else str(save)
        print_json({"digest": digest, "bytes": len(octets), "items": [_item(item) for item in items], "saved": saved})
        return
    console.print(f"{digest}, {len(octets)} bytes\n", soft_wrap=True)
    for item in items:
        facts = table(item.code, "", "")
        for label, value in (_item(item) | {"remedy": CATALOGUE[item.code].remedy}).items():
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
    """Judge a receipt again as one that has just come, such as after a certificate was registered; exit 1 if it is
    still refused."""
    installation = installation_of(config)
    item = find(installation.store(), digest, code)
    judged = installation.release(item, act("quarantine.release", reason, installation.clock))
    if as_json:
        print_json(_outcome(judged))
    elif judged.receipt is not None:
        console.print(f"believed: receipt {judged.receipt.receipt_id} of {judged.receipt.reference} is stored")
    if not as_json:
        for each in judged.standing:
            console.print(f"in quarantine: {each.code}: {each.detail}", markup=False, soft_wrap=True)
        if judged.unconfirmed is not None:
            tell(judged.unconfirmed)
            if judged.left_out is not None:
                tell(judged.left_out)
            console.print("the receipt was not confirmed; release it once more when the judiciary answers")
    if judged.standing or judged.unconfirmed:
        raise typer.Exit(FINDING)


@app.command("dismiss")
def dismiss_item(
    digest: DigestArgument,
    code: CodeOption,
    reason: ReasonOption,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Take an item off the list once you know where it came from. Its octets are kept, and nothing is believed."""
    installation = installation_of(config)
    store = installation.store()
    item = find(store, digest, code)
    dismiss(store, installation.settings.gateway.name, item, act("quarantine.dismiss", reason, installation.clock))
    if as_json:
        print_json({"dismissed": True, "account": account(), "authentication": NOT_AUTHENTICATED})
    else:
        console.print(f"dismissed by {account()} ({NOT_AUTHENTICATED})", markup=False)


def _place(after: str) -> tuple[str, str]:
    digest, _, code = after.partition("/")
    if not code:
        raise typer.BadParameter("DIGEST/CODE is wanted, as the end of a page shows it", param_hint="--after")
    return digest, code


def _outcome(judged: Judged) -> dict[str, Any]:
    receipt = judged.receipt
    return {
        "believed": receipt is not None,
        "receipt": receipt.receipt_id if receipt else None,
        "reference": receipt.reference if receipt else None,
        "standing": [_item(item) for item in judged.standing],
        "unconfirmed": str(judged.unconfirmed) if judged.unconfirmed else None,
        "left_out": str(judged.left_out) if judged.left_out else None,
        "account": account(),
        "authentication": NOT_AUTHENTICATED,
    }


def _item(item: Quarantined) -> dict[str, Any]:
    return {
        "digest": item.payload_digest,
        "code": item.code,
        "kind": item.kind.value,
        "origin": item.origin,
        "detail": item.detail,
        "received_at": timestamp(item.received_at),
        "ended_at": None if item.ended_at is None else timestamp(item.ended_at),
        "ended_as": item.ended_as,
        "ended_by": item.ended_by,
    }
