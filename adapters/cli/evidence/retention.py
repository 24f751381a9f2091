"""The verbs `archive leave` and `purge`: removal from the database, and deletion."""

from __future__ import annotations

from collections import Counter
from contextlib import nullcontext
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.common.installation import installation_of
from adapters.cli.evidence.archive import write_archive
from adapters.composition.archive import archive_folder, verified_archive
from adapters.composition.pass_gates import clock_gate
from adapters.composition.policies import offload_policy
from adapters.terminal.printing import (
    DEFAULT_CONFIG,
    FINDING,
    ConfigOption,
    JsonOption,
    console,
    print_json,
    table,
    tell,
)
from adapters.verifier.archive.deletions import told_by
from gateway.operations.history_division import assert_one_tree
from gateway.retention.offload import OffloadPolicy, offload_records
from gateway.retention.purge import decided, purge
from gateway.runtime.errors import GatewayError
from gateway.runtime.pass_report import PassReport

if TYPE_CHECKING:
    from adapters.composition.installation import Installation

_LEFT = {
    "left": "records left the database",
    "payloads_left": "payloads left with them",
    "in_use": "records stay: somebody still needs them",
    "segments_looked_at": "segments looked at",
    "files_freed": "files of payloads given back to the disk",
}
_PURGED = {
    "recorded": "payloads recorded as deleted",
    "deleted": "payloads deleted",
    "segments_rewritten": "segments written anew",
    "rows_ended": "rows that were pushed or dropped lost their content",
    "documents_deleted": "documents of theirs deleted",
    "waiting": "payloads wait: held, in use or still alive by now, or their deletion stands in no segment yet",
}


def leave(
    after_days: Annotated[
        float | None, typer.Option(min=0, help="Instead of leave_after_days in the configuration.")
    ] = None,
    audit_anew: Annotated[
        bool, typer.Option("--audit-anew", help="Audit every segment, such as after a backup was restored.")
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Remove records that stand in verified segments from the database, now; records in use stay."""
    installation = installation_of(config)
    policy = offload_policy(installation.settings) if after_days is None else OffloadPolicy(after=timedelta(after_days))
    if policy is None:
        raise typer.BadParameter("leave_after_days is not configured; give it here", param_hint="--after-days")
    store = installation.store()
    assert_one_tree(store.log, archive_folder(installation), installation.clock())
    with told_by(installation.archive_path) if audit_anew else nullcontext() as deletions:
        report = offload_records(
            store.retention,
            verified_archive(installation, deletions),
            installation.clock(),
            policy,
            look_again=timedelta(),
            anew=audit_anew,
        )
    _show(report, _LEFT, as_json=as_json)


def purge_payloads(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go, and write nothing.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Delete payloads whose life is over; each deletion is on record, in the archive, before it happens."""
    installation = installation_of(config)
    rules = installation.settings.retention.rules
    if not rules:
        raise GatewayError("retention.none-configured", where="[retention.classes]")
    if dry_run:
        _foresee(installation, as_json=as_json)
        return
    clock = clock_gate(installation)
    clock.assert_trusted()  # a clock that is ahead would end lives that last
    store = installation.store()
    assert_one_tree(store.log, archive_folder(installation), installation.clock())
    report = purge(
        store,
        store.retention,
        verified_archive(installation),
        lambda: write_archive(installation),
        rules,
        installation.clock,
        installation.settings.gateway.name,
        clock.open,
    )
    clock.open()
    rows, documents = store.inbox.end_rows(rules, installation.clock(), _end(installation))
    report.counts.update(rows_ended=rows, documents_deleted=documents)
    _show(report, _PURGED, as_json=as_json)


def _end(installation: Installation) -> int:
    """Return the number of records that stand in segments."""
    ranges = verified_archive(installation).ranges()
    return ranges[-1][1] if ranges else 0


def _foresee(installation: Installation, *, as_json: bool) -> None:
    retention = installation.store().retention
    found: Counter[str] = Counter()
    seen: set[str] = set()
    rules, end, now = installation.settings.retention.rules, _end(installation), installation.clock()
    rows_ended = installation.store().inbox.ended_rows(rules, now, end)
    for rule, digests in decided(retention, rules, now, end):
        found[rule.name] += len(set(digests) - seen)
        seen.update(digests)
    if as_json:
        print_json({"dry_run": True, "payloads": {rule.name: found[rule.name] for rule in rules}, "rows": rows_ended})
        return
    rows = table("would be deleted", "class", ">payloads", ">payload_days", "kinds")
    for rule in rules:
        kinds = ", ".join(sorted(kind.value for kind in rule.kinds))
        rows.add_row(rule.name, f"{found[rule.name]:,}", f"{rule.days:g}", kinds)
    console.print(rows)
    console.print(f"{rows_ended:,} rows that were pushed or dropped would lose their content")
    console.print("nothing was written; without --dry-run each deletion is put on record first")


def _show(report: PassReport, names: dict[str, str], *, as_json: bool) -> None:
    if as_json:
        print_json({name: report.counts[name] for name in names} | {"errors": [str(e) for e in report.errors]})
    else:
        rows = table("", ">", "")
        for name, words in names.items():
            rows.add_row(f"{report.counts[name]:,}", words)
        console.print(rows)
    for error in report.errors:
        tell(error)
    if report.errors:
        raise typer.Exit(FINDING)
