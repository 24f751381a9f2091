"""The step before collection that moves a source's rows to the inbox."""

from __future__ import annotations

from collections.abc import Callable

from adapters.municipal.entered_notices import EnteredNotices
from adapters.municipal.files.drop import FileDrop
from adapters.municipal.flagged_rows import FlaggedCases
from gateway.notice.source_row import CaseSource
from gateway.runtime.advisory_lock import AdvisoryLocks
from gateway.runtime.errors import GatewayError
from gateway.runtime.may_continue import MayContinue


def gathering(name: str, source: CaseSource, locks: AdvisoryLocks) -> Callable[[MayContinue], list[GatewayError]]:
    """Return the step for a source; it does nothing for one whose rows are read where they are."""
    if isinstance(source, FileDrop | EnteredNotices):
        return source.gather
    if not isinstance(source, FlaggedCases):
        return lambda may_continue: []  # noqa: ARG005 - nothing to bring
    flagged = source

    def gather(may_continue: MayContinue) -> list[GatewayError]:
        # If two gather at a time and one is killed, it could remove a mark that was set anew in between.
        with locks.attempt(f"gather:{name}") as ours:
            return flagged.gather(may_continue) if ours else []

    return gather
