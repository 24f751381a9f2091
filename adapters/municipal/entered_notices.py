"""A case source whose rows people enter in the console."""

from __future__ import annotations

from adapters.municipal.inbox_source import InboxSource
from gateway.intake.notice_draft import KEPT, DraftStore
from gateway.runtime.clock import Clock, system_clock
from gateway.runtime.errors import GatewayError
from gateway.runtime.may_continue import MayContinue
from gateway.store.inbox import Inbox


class EnteredNotices(InboxSource):
    """Case source over the inbox. Drafts that nobody entered end after `KEPT`."""

    def __init__(self, name: str, inbox: Inbox, drafts: DraftStore, clock: Clock = system_clock) -> None:
        super().__init__(name, inbox, clock)
        self._drafts = drafts

    def gather(self, may_continue: MayContinue) -> list[GatewayError]:  # noqa: ARG002 - one statement
        """Delete the drafts whose time is over; return no error, since rows are brought by people."""
        self._drafts.end(self._clock() - KEPT)
        return []
