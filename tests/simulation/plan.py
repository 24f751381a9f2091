"""Plan of a run, drawn from its seed: notices, gateways, and faults with their times. A story is a smaller plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Final

DAY: Final = 86400.0
HOUR: Final = 3600.0

BURSTS: Final = (0.1, 1.2, 3.1, 8.3, 14.2)
"""Days on which rows are added, and faults happen."""

FAULTS_END: Final = 20 * DAY
"""No fault begins or lasts later; afterwards everything must come to its end."""

ACTS_END: Final = 27 * DAY
"""No person acts later: what a person does must come to its end, too."""

WHOLE: Final = 30 * DAY
"""Duration of a run."""

LASTING: Final[Mapping[str, float]] = {
    "judiciary-away": 1.0,
    "delay": 0.6,
    "drop-request": 0.4,
    "drop-answer": 0.4,
    "double": 0.6,
    "busy": 0.6,
    "forged-answer": 0.4,
    "gateway-page": 0.4,
    "store-away": 1.0,
    "store-full": 1.0,
    "store-slow": 0.03,
    "commit-lost": 0.3,
    "commit-failed": 0.3,
    "cases-away": 1.0,
    "archive-full": 1.0,
    "time-away": 1.0,
    "witness-away": 1.0,
}
"""Faults that last for a while -> share of the calls that they strike meanwhile."""

NETWORK: Final = ("judiciary-away", "delay", "drop-request", "drop-answer", "double", "busy")
STORE: Final = ("store-away", "store-full", "store-slow", "commit-lost", "commit-failed", "delay", "drop-answer")
"""Kinds of faults that often come together: half of the runs have those of one group alone."""

ONE_GATEWAY: Final = frozenset({*(kind for kind in LASTING if kind.startswith(("store-", "commit-"))), "archive-full"})
"""Faults of one machine alone."""

SUDDEN: Final = ("clock-jump", "crash")
"""Faults that happen at a moment, to one machine. A restore is one for all of them."""

RESTORES: Final = ("restore", "rollback")
"""Of the database alone, and of whole machines with their memory."""

OF_ROWS: Final = ("edit", "delete", "late-commit", "refused-row")
"""Events of a row, when it is added or later."""

MISTAKEN: Final = ("other-seal", "other-number")
"""Receipts that the judiciary signs by mistake: about another seal, or another number, than the notice has."""

ODD_RECEIPTS: Final = ("twice", "late", "forged", "altered", *MISTAKEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Fault of a kind, from a time on for a while (seconds); ``gateway`` is the machine that it strikes.

    ``amount`` are the seconds of a clock's jump, or the port calls until a crash.
    """

    kind: str
    at: float
    lasts: float = 0.0
    gateway: int = 0
    amount: float = 0.0
    after_work: int = 0
    """Calls of its gateway's work (`world.strikes.is_work`) until it begins; 0: it begins at its time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedNotice:
    """Row of the case database: ``number`` names it for ever, ``fate`` is a word of `OF_ROWS` or empty."""

    number: int
    at: float
    fate: str = ""
    later: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that a seed decides beforehand. ``rhythm`` stretches the intervals of passes."""

    seed: int
    gateways: int
    notices: tuple[PlannedNotice, ...]
    faults: tuple[Fault, ...]
    tickets: bool
    polls: bool
    requeue: bool
    drifts: tuple[float, ...] = field(default=())
    offsets: tuple[float, ...] = field(default=())
    rhythm: float = 1.0
    lifetime_days: float = 14.0
    """Days after which a notice that waits in the queue ends as a dead letter."""
    looks_every: float = 9 * HOUR
    """Seconds between two looks of the person at what waits."""
    is_brought: bool = False
    """True if others bring the rows, so that a restored store may have forgotten some for good."""

    @property
    def crashes(self) -> int:
        return sum(fault.kind == "crash" for fault in self.faults)

    @property
    def restores(self) -> int:
        return sum(fault.kind in RESTORES for fault in self.faults)


def plan_of(seed: int, weights: Mapping[str, float] | None = None) -> Plan:
    """Draw the plan of a seed. ``weights`` make kinds of faults more likely than 1, the usual weight."""
    random = Random(seed)
    gateways = random.choice([2, 2, 2, 2, 3, 3, 4])
    notices = tuple(_notice(random, number) for number in range(20))
    # A run meets some kinds of faults often, and most of them not at all: so rare orders come about.
    # Faults gather on two days, so that they meet each other.
    days = random.sample(BURSTS, 2)
    among = list(random.choice([tuple(LASTING), NETWORK, STORE]))
    kinds = _some(random, among, min(random.randint(2, 6), len(among)), weights or {})
    faults = [_lasting(random, random.choice(kinds), gateways, days) for _ in range(random.randint(8, 14))]
    if random.random() < 0.3:
        faults.append(jump := _sudden(random, "clock-jump", gateways, days))
        if jump.lasts > HOUR:
            # All machines start anew, this one first, with rows to send, before it hears an outside clock.
            faults += [Fault(kind=kind, at=jump.at, lasts=1800.0) for kind in ("time-away", "delay")]
            waiting = [replace(each, at=jump.at + 30) for each in random.sample(notices, 3)]
            moved = {each.number: each for each in waiting}
            notices = tuple(moved.get(each.number, each) for each in notices)
    if seed % 3 == 0 or random.random() < 0.1:
        faults += [_sudden(random, "crash", gateways, days) for _ in range(random.choice([1, 1, 2, 3]))]
    if seed % 5 == 0:
        # Most backups are taken on a day of work: then a restore loses checkpoints that others hold.
        taken = random.choice([*days, *days, random.uniform(1, 12)]) * DAY + random.uniform(0, 6 * HOUR)
        lost = random.choice([60.0, 600.0, 4 * HOUR, DAY, 3 * DAY])
        faults.append(Fault(kind=random.choice(RESTORES), at=taken, lasts=lost))
    while len(faults) < 10:
        faults.append(_lasting(random, random.choice(kinds), gateways, days))
    faults += _stalls(Random(f"stalls of {seed}"), gateways, days)
    return Plan(
        seed=seed,
        gateways=gateways,
        notices=notices,
        faults=tuple(sorted(faults, key=lambda fault: fault.at)),
        tickets=random.random() < 0.4,
        polls=random.random() < 0.15,
        requeue=random.random() < 0.7,
        drifts=tuple(random.uniform(-5e-5, 5e-5) for _ in range(gateways + 1)),
        offsets=tuple(random.uniform(-10, 10) for _ in range(gateways + 1)),
        looks_every=random.choice([9 * HOUR, 9 * HOUR, 60 * HOUR]),
        rhythm=random.choice([0.3, 1.0, 1.0, 3.0]),
        lifetime_days=random.choice([14.0, 14.0, 0.5]),
        is_brought=seed % 10 == 5,
    )


def _stalls(random: Random, gateways: int, days: Sequence[float]) -> list[Fault]:
    """Return times in which a gateway may stand still between an answer and its commit, in one run of four."""
    if random.random() >= 0.25:
        return []
    return [
        Fault(kind="stalled", at=random.choice(days) * DAY, lasts=6 * HOUR, gateway=random.randrange(gateways))
        for _ in range(4)
    ]


def _some(random: Random, kinds: Sequence[str], count: int, weights: Mapping[str, float]) -> list[str]:
    """Draw so many different kinds; one of weight 2 comes before another twice as often."""
    return sorted(kinds, key=lambda kind: random.random() ** (1 / weights.get(kind, 1.0)), reverse=True)[:count]


def _notice(random: Random, number: int) -> PlannedNotice:
    # Most of them come in a few bursts, as from an office's day.
    at = random.choice(BURSTS) * DAY + random.uniform(0, 3 * HOUR)
    fate = random.choices(["", *OF_ROWS], [12, 1, 1, 2, 1])[0]
    return PlannedNotice(number=number, at=at, fate=fate, later=random.choice([1.0, 120.0, HOUR, DAY]))


def _lasting(random: Random, kind: str, gateways: int, days: Sequence[float]) -> Fault:
    at = random.choice(days) * DAY + random.uniform(-600, 3 * HOUR)
    lasts = random.choice([300.0, 1800.0, 3 * HOUR, 8 * HOUR, DAY])
    return Fault(
        kind=kind,
        at=max(0.0, at),
        lasts=min(lasts, FAULTS_END - at),
        gateway=random.randrange(gateways),
        after_work=_after_work(random) if kind in ONE_GATEWAY else 0,
    )


def _sudden(random: Random, kind: str, gateways: int, days: Sequence[float]) -> Fault:
    at = random.choice(days) * DAY + random.uniform(0, 5 * HOUR)
    after_work = _after_work(random) if kind == "crash" else 0
    if kind == "clock-jump":
        amount = random.choice([-7200.0, -300.0, 90.0, 600.0, 86400.0])
    else:
        amount = random.choice([0.0, random.randrange(60)]) if after_work else random.randrange(60)
    return Fault(
        kind=kind,
        at=at,
        lasts=random.choice([10.0, 600.0, 2 * HOUR]),
        gateway=random.randrange(gateways),
        amount=amount,
        after_work=after_work,
    )


def _after_work(random: Random) -> int:
    """Draw the call of work at which a fault begins, in two of three; a gateway has a few dozen in a burst."""
    return random.randint(1, 30) if random.random() < 0.67 else 0
