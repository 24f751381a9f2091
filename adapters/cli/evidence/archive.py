"""The verbs `archive write`, `set-aside` and `accept-damage`: the operator's work for auditors."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.common.acting_account import ReasonOption, act, by, perform
from adapters.cli.common.installation import installation_of
from adapters.composition.archive import archive_folder, assert_same_origin, compare_with_outside, time_authority
from adapters.composition.policies import archive_policy
from adapters.composition.tasks import tasks
from adapters.schedule.task import together
from adapters.terminal.printing import DEFAULT_CONFIG, FINDING, ConfigOption, JsonOption, console, print_json, say, tell
from gateway.archive.archiving import archive
from gateway.operations.history_division import Division, divide, set_aside
from gateway.operations.recovery import begin_if_rolled_back, declare
from gateway.runtime.advisory_lock import AdvisoryLocks
from gateway.runtime.errors import GatewayError
from gateway.runtime.may_continue import always
from gateway.runtime.pass_report import PassReport

if TYPE_CHECKING:
    from adapters.composition.installation import Installation

_AGAIN_SECONDS = 0.2
"""Interval at which the lock is tried."""

_WRITTEN = (
    ("placed", "1 record was given its place in the tree", "{} records were given their places in the tree"),
    ("checkpoints", "a checkpoint of all records was signed", "{} checkpoints were signed"),
    ("time_stamps", "a time authority stamped it", "{} time-stamps came from time authorities"),
    (
        "segments",
        "1 segment was written into its folder",
        "{} segments were written into its folder",
    ),
    ("witnesses", "1 witness accepted the checkpoint", "{} witnesses accepted the checkpoint"),
)


def write_archive(installation: Installation) -> PassReport:
    """Place all new records, make a checkpoint of them, hand it to every witness, and write every segment."""
    assert_same_origin(installation)
    locks = installation.locks()
    with _held(locks, "archive"):
        report = archive(
            installation.store().log,
            installation.checkpoints,
            archive_folder(installation),
            installation.clock,
            archive_policy(installation.settings, at_once=True),
            authority=time_authority(installation),
        )
    handed_over = together("witness", tasks(installation, ["witness"]), always, partial(_held, locks))
    report.counts["witnesses"] += handed_over.counts["accepted"]
    report.errors += handed_over.errors
    return report


@contextmanager
def _held(locks: AdvisoryLocks, duty: str) -> Iterator[bool]:
    """Hold the advisory lock ``duty``, after waiting for a service on any machine that holds it."""
    while True:
        with locks.attempt(duty) as ours:
            if ours:
                yield True
                return
        time.sleep(_AGAIN_SECONDS)


def write(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Make a checkpoint and write every segment that it covers, now: for an auditor's visit."""
    installation = installation_of(config)
    report = write_archive(installation)
    counts = {name: report.counts[name] for name in ("placed", "checkpoints", "time_stamps", "segments", "witnesses")}
    if as_json:
        print_json({**counts, "errors": [str(error) for error in report.errors]})
    else:
        for sentence in written_words(counts):
            say(sentence)
    for error in report.errors:
        tell(error)
    if report.errors:
        raise typer.Exit(FINDING)


def written_words(counts: Mapping[str, int]) -> Iterator[str]:
    """Yield a sentence for each result of `archive write`."""
    for name, one, several in _WRITTEN:
        if number := counts[name]:
            yield one if number == 1 else several.format(f"{number:,}")
    if not any(counts.values()):
        yield "nothing was new: every record has its place, and every segment was written before"


def set_history_aside(
    reason: ReasonOption,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be set aside, and write nothing.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """After a restore: set aside the records of archive and witnesses that this store has forgotten; nothing is
    deleted.

    It is on record, begins a recovery unless one is on, and ends the stop of the archive and of sending.
    """
    installation = installation_of(config)
    this = act("archive.set-aside", reason, installation.clock)
    store, folder = installation.store(), archive_folder(installation)
    for error in compare_with_outside(installation, every=True):
        tell(error)
    divided = divide(store.log, folder, this.at)
    if divided and not dry_run:
        origin = installation.settings.gateway.name
        # Forgotten notices may have been sent.
        if begin_if_rolled_back(store, this.at, origin) is None:
            declare(store, replace(this, name="recovery.begin"), origin)
        set_aside(store, store.log, folder, this, origin)
    if not divided:
        raise GatewayError("archive.not-forked")
    _show_division(divided, dry_run=dry_run, as_json=as_json)


def accept_damaged_payload(
    digest: Annotated[str, typer.Argument(help="The payload's digest, sha256:…, as `status` shows it.")],
    reason: ReasonOption,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Take note, on record, of a damaged payload that the archive was written without: its alarm ends."""
    facts = perform(installation_of(config), "archive.accept-damage", reason, digest=digest)
    if as_json:
        print_json(facts)
    else:
        console.print(f"on record, by {by(facts)}; the archive stays without it", markup=False, soft_wrap=True)


def _show_division(divided: Division, *, dry_run: bool, as_json: bool) -> None:
    segments = [end.file for end in divided.segments]
    forks = [(fork.holder, fork.size) for fork in divided.forks]
    if as_json:
        told = [{"holder": holder, "size": size} for holder, size in forks]
        print_json({"dry_run": dry_run, "first": divided.first, "segments": segments, "checkpoints": told})
        return
    console.print("would be set aside:" if dry_run else "set aside, on record:")
    for file in segments:
        console.print(f"  segment {file}", markup=False)
    for holder, size in forks:
        console.print(f"  checkpoint of {size} records, held by {holder}", markup=False)
    console.print(f"the archive goes on from record {divided.first}; `recovery status` tells what is left to do")
