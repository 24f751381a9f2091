"""Tickets in a profile: how long, and how often, the service is asked what became of them."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from adapters.settings.values import Section
from gateway.sending.ticket_issue import LONGEST_WAIT, Tickets


class TicketSection(Section):
    """Tickets of a service that may only take a notice for processing (`gateway.sending.tickets.Tickets`).

    ``submit_again`` is a statement about the service: its answer `DEFERRED` to a question about a ticket proves that it
    has not acted on any copy of the submission.
    """

    every_seconds: int = Field(default=60, ge=1, le=int(LONGEST_WAIT.total_seconds()))
    give_up_after_hours: int = Field(default=24, ge=1, le=24 * 90)
    submit_again: bool = False

    @property
    def value(self) -> Tickets:
        return Tickets(
            every=timedelta(seconds=self.every_seconds),
            give_up_after=timedelta(hours=self.give_up_after_hours),
            submit_again=self.submit_again,
        )
