"""Faults of a service with logins and tickets, and of the wire before it, derived from a seed."""

from __future__ import annotations

import random
from dataclasses import replace
from enum import StrEnum
from typing import Final

from .plan import Event, Plan, spread

SECONDS_FOR_EACH: Final = 60
"""Seconds of trouble for each further disturbance of a kind; each kind comes once at least."""


class ServiceDisturbance(StrEnum):
    """Disturbances that last for a while, and until a call has met them."""

    KILL = "SIGKILL to the service"
    CUT = "cut of every connection"
    SILENCE = "silence of the wire"
    LATE_REQUESTS = "requests that arrive late"
    LATE_ANSWERS = "answers after the time-out"
    BUSY = "busy service"
    PASSWORD = "password refused"
    LOCKED = "user locked"


WHILE: Final = {
    ServiceDisturbance.KILL: (0.5, 3),
    ServiceDisturbance.CUT: (0, 0),
    ServiceDisturbance.SILENCE: (2, 6),
    ServiceDisturbance.LATE_REQUESTS: (3, 6),
    ServiceDisturbance.LATE_ANSWERS: (3, 6),
    ServiceDisturbance.BUSY: (2, 6),
    ServiceDisturbance.PASSWORD: (2, 6),
    ServiceDisturbance.LOCKED: (2, 6),
}
"""Least and most seconds of each."""

LATE: Final = 4.0
"""Seconds of a late answer: more than the gateway's time-out."""

_ALWAYS: Final = ("cut-before", "cut-after", "delay", "session-lost", "session-lost-after", "busy", "proxy-page")

PLAYED: Final = {
    "SubmitLetter": _ALWAYS,
    # A second SubmitLetter is a second letter, and nothing could undo it: whoever reads alone may be repeated.
    "TicketStatus": (*_ALWAYS, "twice"),
    "ReceiptPage": (*_ALWAYS, "twice"),
    "FindByReference": ("cut-before", "cut-after", "delay", "busy", "twice"),
    "Login": ("cut-before", "cut-after", "delay", "busy", "proxy-page"),
}
"""Faults that each operation of the service meets in each run, as `examples/soap_login_tickets` names them."""


def plan_of(seed: int, notices: int, trouble: float) -> Plan:
    """Return the plan of the gateway's own side, with the disturbances of the service and its wire among them."""
    plan, dice = Plan.of(seed, notices, trouble), random.Random(seed)
    number = max(1, int(trouble / SECONDS_FOR_EACH))
    events = [
        Event(at=at, disturbance=disturbance, pause=dice.uniform(*WHILE[disturbance]))
        for disturbance in ServiceDisturbance
        for at in spread(dice, number, trouble)
    ]
    return replace(plan, events=tuple(sorted([*plan.events, *events], key=lambda event: event.at)))


def faults_of(seed: int) -> list[dict[str, object]]:
    """Return the content of faults.json: each of `PLAYED`, in an order and after calls that follow from the seed."""
    dice = random.Random(seed)
    return [
        # Whoever cannot log in does nothing else: each other login is answered.
        {"fault": fault, "operation": operation, "skip": place + 1 if operation == "Login" else dice.randrange(2)}
        | {"seconds": LATE}
        for operation, faults in PLAYED.items()
        for place, fault in enumerate(dice.sample(faults, len(faults)))
    ]
