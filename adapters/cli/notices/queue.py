"""The verbs `queue`: waiting notices, by age, and persons' acts on them. `docs/operate/operators.md` explains their
use.
"""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from adapters.cli.common.acting_account import ReasonOption, perform
from adapters.cli.common.installation import installation_of
from adapters.cli.notices.queue_view import show_backlog, show_done, show_meant, show_notices
from adapters.composition.overview.endpoint_views import endpoint_views
from adapters.terminal.printing import (
    DEFAULT_CONFIG,
    FINDING,
    ConfigOption,
    JsonOption,
    console,
    errors,
    print_json,
    warn,
)
from gateway.notice.delivery_state import DeliveryState
from gateway.operations.intervention import DoubtDecision
from gateway.operations.notice_work import claimers
from gateway.overview.queue_age import AGES, COLUMNS, bounds
from gateway.runtime.errors import GatewayError
from gateway.store.among import Among

if TYPE_CHECKING:
    from adapters.acts.act_message import Facts

app = typer.Typer(help="What waits, by age, and what a person does with it.", no_args_is_help=True)

AgeColumn = StrEnum("AgeColumn", {column: column for column in COLUMNS})  # type: ignore[misc]

References = Annotated[list[str], typer.Argument(metavar="REFERENCE", help="As `queue list --notices` shows them.")]
SomeReferences = Annotated[list[str] | None, typer.Argument(metavar="REFERENCE", help="Or choose by an option.")]
BodyOption = Annotated[str | None, typer.Option(help="All of this issuing body, by its code.")]
DistrictOption = Annotated[str | None, typer.Option(help="All of this district, as `notice show` shows it.")]
SourceOption = Annotated[str | None, typer.Option(help="All of this case database, by its name.")]
CaseOption = Annotated[str | None, typer.Option("--case", help="All of this case number.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Only say which notices are meant.")]


@app.command("list")
def list_queue(
    notices: Annotated[DeliveryState | None, typer.Option(help="List the notices in this state instead.")] = None,
    age_column: Annotated[AgeColumn | None, typer.Option("--age", help="Only those of this column.")] = None,
    held: Annotated[bool, typer.Option("--held", help="Only those that are held.")] = False,
    code: Annotated[str | None, typer.Option(help="Only those with this code: doubt.absent, …")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 20,
    after: Annotated[str | None, typer.Option(help="Begin after this reference.")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Show how many notices stand in each state and for how long (T: all), or list those of one state."""
    installation = installation_of(config)
    store, now = installation.store(), installation.clock()
    if notices is None:
        if age_column is not None or held or code is not None or after is not None:
            raise typer.BadParameter(
                "--age, --held, --code and --after choose among --notices STATE", param_hint="--notices"
            )
        endpoints = endpoint_views(installation, now)
        show_backlog(store.tallies.backlog(now=now, ages=list(AGES.values())), endpoints, now, as_json)
        return
    since, before = (None, None) if age_column is None else bounds(age_column.value, now)
    among = Among(held=True if held else None, code=code, since=since, before=before)
    found = store.notices.find(state=notices, limit=limit, after=after, among=among)
    show_notices(found, claimers(store, [each.entry.reference for each in found]), now, as_json)
    if not as_json and len(found) == limit:
        console.print(f"more: queue list --notices {notices} --after {found[-1].entry.reference}", soft_wrap=True)


@app.command("retry")
def retry(
    references: References, reason: ReasonOption, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False
) -> None:
    """Handle notices now: queued ones and dead letters are sent, those in doubt or pending are asked about."""
    _run("queue.retry", reason, config, as_json, references=references)


@app.command("hold")
def hold(
    reason: ReasonOption,
    references: SomeReferences = None,
    body: BodyOption = None,
    district: DistrictOption = None,
    source: SourceOption = None,
    case: CaseOption = None,
    dry_run: DryRunOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Keep notices from being sent until they are released. Later notices are not held by it."""
    chosen = _chosen(references, body=body, district=district, source=source, case=case)
    _run("queue.hold", reason, config, as_json, dry_run=dry_run, **chosen)


@app.command("release")
def release(
    reason: ReasonOption,
    references: SomeReferences = None,
    body: BodyOption = None,
    district: DistrictOption = None,
    source: SourceOption = None,
    case: CaseOption = None,
    dry_run: DryRunOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Release held notices."""
    chosen = _chosen(references, body=body, district=district, source=source, case=case)
    _run("queue.release", reason, config, as_json, dry_run=dry_run, **chosen)


@app.command("withdraw")
def withdraw(
    references: References, reason: ReasonOption, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False
) -> None:
    """End notices that were not sent, or certainly did not arrive. Nothing is taken back from the judiciary."""
    _run("queue.withdraw", reason, config, as_json, references=references)


@app.command("other-channel")
def other_channel(
    references: References, reason: ReasonOption, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False
) -> None:
    """Record that notices that cannot be served electronically are served on another way."""
    _run("queue.other-channel", reason, config, as_json, references=references)


@app.command("write-again")
def write_again(
    references: References, reason: ReasonOption, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False
) -> None:
    """Write the results of notices into their rows once more, such as after somebody changed the values there."""
    _run("queue.write-again", reason, config, as_json, references=references)


@app.command("decide")
def decide(
    verdict: Annotated[
        DoubtDecision, typer.Option("--as", help="It arrived; it is to be sent again; it is withdrawn.")
    ],
    reason: ReasonOption,
    references: SomeReferences = None,
    code: Annotated[str | None, typer.Option(help="All that wait for a person with this code: doubt.absent, …")] = None,
    body: BodyOption = None,
    district: DistrictOption = None,
    source: SourceOption = None,
    case: CaseOption = None,
    dry_run: DryRunOption = False,
    yes: Annotated[bool, typer.Option("--yes", help="At a terminal: do not ask once more.")] = False,
    tracking_number: Annotated[str | None, typer.Option(help="As you were told it; recorded, not believed.")] = None,
    although: Annotated[
        bool,
        typer.Option("--although-it-may-still-arrive", help="Decide before the settling time is over."),
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Decide the outcome of notices in doubt, once you asked the judiciary by other means. A receipt corrects it.

    An option chooses among those that wait for a person, by default those that are proven not to have arrived
    (doubt.absent). The arrival of all others is unknown: sent again, such a notice may be served twice, with two
    deadlines.
    """
    if tracking_number is not None and (verdict is not DoubtDecision.SUBMITTED or len(references or ()) != 1):
        raise typer.BadParameter(
            "only what arrived has a tracking number, each its own", param_hint="--tracking-number"
        )
    chosen = _chosen(references, body=body, district=district, source=source, case=case, code=code)
    decision = {"verdict": verdict.value, "although": although, "tracking_number": tracking_number}
    installation = installation_of(config)
    facts = perform(installation, "queue.decide", reason, dry_run=True, **chosen, **decision)
    meant = facts["meant"]
    if (warning := facts["warning"]) is not None:
        warn(GatewayError(warning["code"], detail=warning["detail"]))
    if not yes and not dry_run and meant and sys.stdin.isatty():
        typer.confirm(f"decide {len(meant)} notices as {verdict}?", abort=True, err=True)
    if dry_run or not meant:
        _tell(facts if dry_run else {"done": [], "failed": []}, as_json)
    else:
        # The warning and the question were about these notices as they stood.
        done = perform(installation, "queue.decide", reason, references=meant, shown=facts["shown"], **decision)
        _tell(done, as_json)


@app.command("stop-bulk")
def stop_bulk(
    id: Annotated[str, typer.Argument(metavar="ID", help="As its page in the console has it.")],
    reason: ReasonOption,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Stop an act on many notices that was begun in the console: the rest is not done."""
    facts = perform(installation_of(config), "bulk.stop", reason, id=id)
    if as_json:
        print_json(facts)
        return
    told = f"stopped: {facts['done']} of {facts['of']} done, {facts['failed']} not possible, {facts['left']} left"
    console.print(told, markup=False)


def _run(name: str, reason: str, config: Path, as_json: bool, **arguments: Any) -> None:
    """Request an act on each notice; a failure of one stops none of the others."""
    _tell(perform(installation_of(config), name, reason, **arguments), as_json)


def _tell(facts: Facts, as_json: bool) -> None:
    if "meant" in facts:
        show_meant(facts["meant"], as_json)
        return
    if not facts["done"] and not facts["failed"]:
        errors.print("no such notices; `notice show` shows how body, district and case are written", markup=False)
        raise typer.Exit(FINDING)
    show_done(facts, as_json)
    if facts["failed"]:
        raise typer.Exit(FINDING)


def _chosen(references: list[str] | None, **chosen: str | None) -> dict[str, Any]:
    """Return the arguments that choose notices: the given references, or an option."""
    by_option = any(value is not None for value in chosen.values())
    if bool(references) == by_option:
        raise typer.BadParameter("either references, or --body, --district, --source or --case", param_hint="REFERENCE")
    return {"references": references or [], **chosen}
