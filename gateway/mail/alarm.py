"""An alarm of the whole installation, by the task and the error that it is about.

Processes affirm every few seconds the alarms that they see. An alarm is over when no process has seen it for a while.
So neither a restart nor another process that takes over a task makes an alarm anew, and none is lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from gateway.runtime.errors import CATALOGUE, GatewayError

GAP: Final = timedelta(seconds=45)
"""An alarm that nobody affirmed for so long, and that comes back, has begun once more; it is affirmed every 10 s."""

OF_MAIL: Final = frozenset({"mail.unreachable", "mail.credentials", "mail.deferred", "mail.refused"})
"""Beginning of the codes about mail itself: no mail tells of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Alarm of the task ``name``, which began so many ``times`` since ``began_at`` and was affirmed at ``seen_at``.

    With ``over_at`` it is over. ``begin_told_at`` and ``end_told_at`` are the times at which mails about its beginning
    and its end were queued.
    """

    name: str
    code: str
    began_at: datetime
    seen_at: datetime
    times: int = 1
    over_at: datetime | None = None
    begin_told_at: datetime | None = None
    end_told_at: datetime | None = None


def to_be_affirmed(alarms: Mapping[str, GatewayError]) -> dict[str, str]:
    """Return the codes of alarms that mail may tell of, by the name of the task."""
    return {name: error.code for name, error in alarms.items() if error.code in CATALOGUE and error.code not in OF_MAIL}
