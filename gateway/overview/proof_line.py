"""Reach of proof in words: the place in the tree, the checkpoint, the time-stamp and each witness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from gateway.archive.witnessing import WitnessState
from gateway.overview.dates_in_words import number
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import CATALOGUE, GatewayError
from gateway.store.proof_reach import Override, ProofPolicy, ProofReach, Reach, alarms, lapse

PLACE: Final = Words(en="place in the tree", fa="جای در درخت")
CHECKPOINT: Final = Words(en="checkpoint", fa="نقطه وارسی")
TIME_STAMP: Final = Words(en="time-stamp", fa="مهر زمانی")

NO_WITNESS: Final = Words(
    en="no witness keeps checkpoints outside of this machine", fa=CATALOGUE["archive.no-witness"].fa
)
"""Line of an archive without a witness."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofLine:
    """One proof: its words, and its reach. ``witness`` has the state of a witness, by its name; else None."""

    words: Words
    reach: Reach
    witness: WitnessState | None = None

    @property
    def failure(self) -> Words | None:
        """Return the code and the number of a witness's failures in a row; None without a failure."""
        if self.witness is None or not self.witness.failures:
            return None
        often, code = number(self.witness.failures), self.witness.code
        return Words(en=f"{code}, {often.en} in a row", fa=f"{code}، {often.fa} بار پیاپی")

    def waiting(self, now: datetime) -> timedelta | None:
        """Return the time for which the oldest record has waited for this proof; None if no record waits."""
        return self.reach.waits(now) if self.reach.waiting_since else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofState:
    """Reach of every proof at one moment.

    ``sending`` is the error that forbids sending, or that a person's override lifts; None: notices may be sent.
    ``override`` is the one in force. ``alarms`` are the errors that a person must act on, by the name of the alarm.
    """

    reaches: Sequence[ProofLine]
    witnesses: Sequence[ProofLine]
    sending: GatewayError | None
    override: Override | None
    alarms: Mapping[str, GatewayError]


def proof_state(
    proof: ProofReach, witnesses: Mapping[str, WitnessState], policy: ProofPolicy, now: datetime
) -> ProofState:
    """Return the reach of every proof under ``policy``; ``witnesses`` are the states that the store knows, by name."""
    stages = [(PLACE, proof.placed), (CHECKPOINT, proof.checkpoint)]
    stages += [(TIME_STAMP, proof.time_stamp)] if policy.stamped else []
    last = proof.override
    return ProofState(
        reaches=[ProofLine(words=words, reach=reach) for words, reach in stages],
        witnesses=[_of_witness(name, proof, witnesses.get(name)) for name in policy.witnesses],
        sending=lapse(proof, policy, now),
        override=last if last is not None and last.since <= now < last.until else None,
        alarms=alarms(proof, policy, now),
    )


def _of_witness(name: str, proof: ProofReach, state: WitnessState | None) -> ProofLine:
    return ProofLine(
        words=Words(en=f"witness {name}", fa=f"شاهد {name}"),
        reach=proof.held_by(name),
        witness=state or WitnessState(name=name),
    )
