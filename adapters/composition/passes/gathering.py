"""The step before collection that moves a source's rows to the inbox.

A statement that everything was sent again counts for a source only if the step left nothing where the rows come from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from adapters.municipal.entered_notices import EnteredNotices
from adapters.municipal.files.drop import FileDrop
from adapters.municipal.flagged_rows import FlaggedCases
from gateway.notice.source_row import CaseSource
from gateway.runtime.advisory_lock import AdvisoryLocks
from gateway.runtime.errors import GatewayError
from gateway.runtime.may_continue import MayContinue


@dataclass(slots=True, kw_only=True)
class Gathered:
    """Result of the step: its errors, and if it came to its end with everything in the inbox."""

    errors: list[GatewayError] = field(default_factory=list)
    is_whole: bool = True


def gathering(name: str, source: CaseSource, locks: AdvisoryLocks) -> Callable[[MayContinue], Gathered]:
    """Return the step for a source; it does nothing for one whose rows are read where they are."""
    if isinstance(source, FileDrop | EnteredNotices):
        return _noting(source.gather)
    if not isinstance(source, FlaggedCases):
        return lambda may_continue: Gathered()  # noqa: ARG005 - nothing to bring
    gather_marked = _noting(source.gather)

    def gather(may_continue: MayContinue) -> Gathered:
        # If two gather at a time and one is killed, it could remove a mark that was set anew in between.
        with locks.attempt(f"gather:{name}") as ours:
            return gather_marked(may_continue) if ours else Gathered(is_whole=False)

    return gather


def _noting(gather: Callable[[MayContinue], list[GatewayError]]) -> Callable[[MayContinue], Gathered]:
    def step(may_continue: MayContinue) -> Gathered:
        gathered = Gathered()

        def go_on() -> bool:
            gathered.is_whole = may_continue() and gathered.is_whole
            return gathered.is_whole

        gathered.errors = gather(go_on)
        gathered.is_whole = gathered.is_whole and not gathered.errors
        return gathered

    return step
