"""The verb `notice find`: the search of `gateway.search` from the command line, over every body."""

from __future__ import annotations

import sys
from getpass import getpass
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.common.installation import installation_of
from adapters.cli.evidence.recipients import hashes_of, unindexed
from adapters.cli.notices.notice_rows import show_notices, summary
from adapters.terminal.printing import (
    DEFAULT_CONFIG,
    FINDING,
    ConfigOption,
    JsonOption,
    console,
    point_in_time,
    print_json,
    tell,
)
from gateway.notice.delivery_state import DeliveryState
from gateway.runtime.errors import GatewayError
from gateway.search.notice_query import NoticeQuery
from gateway.search.page_key import PageKey
from gateway.search.searched_text import SoughtText

if TYPE_CHECKING:
    from adapters.composition.installation import Installation

_WANTED = "--case, --paper, --tracking, --reference, --name, --recipient, --district, --kind, --body, --state"


def find(
    case: Annotated[str | None, typer.Option(help="By the case number, in any digits.")] = None,
    paper: Annotated[str | None, typer.Option(help="By the paper's number.")] = None,
    tracking: Annotated[str | None, typer.Option(help="By the judiciary's tracking number.")] = None,
    reference: Annotated[str | None, typer.Option(help="By the notice's reference.")] = None,
    name: Annotated[str | None, typer.Option(help="By words of the recipient's name, in any spelling.")] = None,
    recipient: Annotated[
        str | None, typer.Option(help="By the recipient's national ID or other identifier; - asks for it unseen.")
    ] = None,
    district: Annotated[str | None, typer.Option(help="Of this district.")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="Of this kind; may be repeated.")] = None,
    body: Annotated[list[str] | None, typer.Option(help="Of the body with this code; may be repeated.")] = None,
    state: Annotated[list[DeliveryState] | None, typer.Option(help="In this state; may be repeated.")] = None,
    since: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="Admitted from this day or time on.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Admitted before this day or time.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 100,
    after: Annotated[str | None, typer.Option(help="Begin after this reference.")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Find notices by what is known of them, newest first; exit 1 if there is none.

    Several options must all agree. A text that ends with * stands for all that begin so: --case '1404/00*'.
    """
    texts = {
        "case_number": _sought(case, "--case"),
        "paper_number": _sought(paper, "--paper"),
        "tracking_number": _sought(tracking, "--tracking"),
        "reference": _sought(reference, "--reference"),
        "name": _sought(name, "--name"),
        "district": _sought(district, "--district"),
    }
    if not (any(texts.values()) or recipient is not None or kind or body or state or since or until):
        raise typer.BadParameter(f"one of {_WANTED}, --from and --until is wanted")
    installation = installation_of(config)
    query = NoticeQuery(
        visible_bodies=None,
        **texts,
        kinds=frozenset(kind) if kind else None,
        bodies=frozenset(body) if body else None,
        states=frozenset(state) if state else None,
        admitted_from=None if since is None else point_in_time(since, "--from"),
        admitted_before=None if until is None else point_in_time(until, "--until"),
        recipient=None if recipient is None else hashes_of(installation, _identifier(recipient)),
    )
    store = installation.store()
    page = store.search.find(query, after=_key(installation, after), limit=limit)
    # An incomplete index proves of nobody that there is no notice.
    partial = None if recipient is None else unindexed(installation)
    complete = store.search.complete
    if as_json:
        print_json({"notices": [summary(admission) for admission in page.notices], "not_indexed": partial or 0})
    elif page.notices:
        show_notices(page.notices)
        if page.next is not None:
            console.print(f"more: --after {page.next.reference}")
    else:
        console.print("no such notice")
    if partial:
        tell(GatewayError("search.incomplete", detail=f"{partial} notices"))
    if not complete:
        tell(GatewayError("search.unfilled"))
    if not page.notices or partial or not complete:
        raise typer.Exit(FINDING)


def search_state(installation: Installation) -> str:
    """Return that every notice is found. Raises `GatewayError` ``search.unfilled`` while some are not."""
    if not installation.store().search.complete:
        raise GatewayError("search.unfilled", where="gateway's database")
    return "every notice is found"


def _sought(text: str | None, option: str) -> SoughtText | None:
    """Return a text to look for. One that says nothing, such as ``*``, must not find every notice."""
    sought = SoughtText.typed(text)
    if text and sought is None:
        raise typer.BadParameter("this text has no character that can be looked for", param_hint=option)
    return sought


def _key(installation: Installation, after: str | None) -> PageKey | None:
    """Return the place of a notice, named by its reference as the last page showed it."""
    if after is None:
        return None
    entry = installation.store().notices.entries([after]).get(after)
    if entry is None:
        raise typer.BadParameter(f"no notice {after} here", param_hint="--after")
    return PageKey(admitted_at=entry.admitted_at, reference=entry.reference)


def _identifier(text: str) -> str:
    """Return the given identifier. ``-`` asks for it, so that no shell's history and no list of processes holds it."""
    if text != "-":
        return text
    return getpass("identifier: ") if sys.stdin.isatty() else sys.stdin.readline().strip()
