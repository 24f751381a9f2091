"""The verbs `db upgrade`, `status`, `check` and `payloads`: the gateway's own database and its segment files."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from adapters.cli.common.installation import installation_of
from adapters.cli.evidence import recipients
from adapters.composition.ledgers import receipt_reader
from adapters.crypto.xml.sealed_fields import sealed_fields
from adapters.storage.engine import migrate
from adapters.storage.engine.engine import Database
from adapters.storage.payloads.segment_file_audit import Problem
from adapters.storage.search.search_filling import fill
from adapters.terminal.printing import (
    DEFAULT_CONFIG,
    FINDING,
    ConfigOption,
    JsonOption,
    console,
    errors,
    moment,
    print_json,
    say,
    table,
    tell,
)
from gateway.receipts.named_items import name_notices
from gateway.reconciliation.integrity import NOT_COVERED, check_rows
from gateway.reconciliation.integrity_record import BY_LOOK, BY_VERB, Compared, compared
from gateway.runtime.clock import system_clock
from gateway.runtime.errors import GatewayError
from gateway.runtime.may_continue import always
from gateway.store.stored import Changes

if TYPE_CHECKING:
    from adapters.composition.installation import Installation

app = typer.Typer(help="The gateway's own database.", no_args_is_help=True)


@app.command("upgrade")
def upgrade(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Create the database, or bring it to this program's version. May be ended and repeated."""
    installation = installation_of(config)
    url = installation.store_url()
    before, head = migrate.status(url)
    migrate.upgrade(url)
    # In transactions of their own, since a million notices take minutes.
    with closing(Database(url)) as database:
        filled = fill(database, always)
    named = name_notices(installation.store())
    if as_json:
        print_json({"before": before, "now": head, "made_searchable": filled, "receipts_named": named})
        return
    console.print(f"database: {before or 'none'} → {head}" if before != head else f"database: {head}, up to date")
    if filled:
        console.print(f"{filled:,} notices are found by the search now")
    if named:
        console.print(f"{named:,} receipts in quarantine name their notice now")


@app.command("status")
def status(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Show the database's version and this program's; exit 1 if they differ."""
    current, head = migrate.status(installation_of(config).store_url())
    if as_json:
        print_json({"current": current, "head": head})
    else:
        console.print(f"database: {current or 'none'}, program: {head}")
    if current != head:
        raise typer.Exit(FINDING)


@app.command("check")
def check(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Check the database's pages, and compare the rows of every notice with its evidence; exit 1 if something differs.

    Reconciliation does the same, a part each day. No value is shown: only notices and columns are named. `check` shows
    the time of the last comparison.
    """
    installation = installation_of(config)
    store = installation.store()
    pages, found = store.check_pages(), list[GatewayError]()
    checked = check_rows(store, sealed_fields, receipt_reader(installation), found.append)
    damaged = [GatewayError("store.damaged", where=pages.checked_by, detail=problem) for problem in pages.problems]
    if as_json:
        problems = [{"code": e.code, "where": e.where, "detail": e.detail} for e in (*damaged, *found)]
        print_json({"pages": pages.checked_by, **asdict(checked), "not_covered": NOT_COVERED, "found": problems})
    else:
        console.print(f"pages: {pages.checked_by}; {len(pages.problems)} problems", markup=False)
        console.print(f"{checked.notices} notices compared with their evidence; {checked.problems} differ")
        if checked.unread:
            console.print(f"{checked.unread} of them in part: their seal or its record is not here any more")
        say(f"no evidence tells of these columns: {', '.join(NOT_COVERED)}")
        for error in (*damaged, *found):
            tell(error)
    told = Compared(at=system_clock(), notices=checked.notices, differ=checked.problems, damaged=len(damaged))
    store.commit(Changes(cursors={BY_VERB: told.text()}))
    if damaged or found:
        raise typer.Exit(FINDING)


def last_comparisons(installation: Installation) -> str:
    """Return the time of the last comparison of rows with evidence.

    Raises `GatewayError` ``store.damaged`` or ``store.value-differs`` if the last `db check`, or the last daily look
    since then, found a difference. `check` compares nothing itself: that takes 4 ms of processor time a notice, over an
    hour for a million of them.
    """
    store = installation.store()
    whole, part = compared(store.rows, BY_VERB), compared(store.rows, BY_LOOK)
    for each in (whole, part):
        if each is None or (whole is not None and each.at < whole.at):
            continue
        if each.damaged or each.differ:
            code = "store.damaged" if each.damaged else "store.value-differs"
            detail = f"{each.differ} of {each.notices} notices differed at {moment(each.at)}; `db check` names them"
            raise GatewayError(code, where="gateway's database", detail=detail)
    told = [f"by the daily reconciliation, {part.notices} notices: {moment(part.at)}"] if part else []
    if whole:
        told.insert(0, f"by `db check`, {whole.notices} notices: {moment(whole.at)}")
    if not told:
        return "not compared with evidence yet: `db check` does that"
    return f"compared with evidence {'; '.join(told)}{'' if whole else '; never by `db check`'}"


@app.command("payloads")
def payloads(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Read all segment files and compare them with the rows that name them; exit 1 if octets are missing or changed.

    Of payloads in the database only the lengths of pieces are compared.
    """
    installation = installation_of(config)
    counted = installation.store().audit_payloads(_tell)
    if as_json:
        print_json(asdict(counted))
    else:
        rows = table("", "", ">")
        for name, number in asdict(counted).items():
            rows.add_row(name.replace("_", " "), f"{number:,}")
        console.print(rows)
    if counted.problems:
        raise typer.Exit(FINDING)


def _tell(problem: Problem) -> None:
    place = f"in {problem.file} from {problem.start}" if problem.file else "in the database's pieces"
    line = f"{problem.found}: {problem.digest} {place}"
    errors.print(line, markup=False, soft_wrap=True)


app.command("index-recipients")(recipients.index)
