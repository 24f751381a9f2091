"""Series of messages: one call under way submits them one after another, and one commit records all of their answers.

A commit costs as much for one answer as for many. A series lasts about `TIME` by the last latency: of a quick endpoint
it has many messages, of a slow one a single message. After a failure or a refused seal, and when it lasts too long, the
rest is not submitted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any, Final, Generic, TypeVar

from gateway.judiciary.courier import Answer, Courier, Message, Outcome, SealRefused
from gateway.judiciary.overlap import Came
from gateway.runtime.clock import Clock

S = TypeVar("S")

TIME: Final = timedelta(seconds=0.25)
"""Duration of a series at the last latency. No message is submitted after twice this time."""

MOST: Final = 32
"""Most messages of a series. If the process ends, all of them may be in doubt."""


def series_length(latency: float | None) -> int:
    """Return the number of messages of a series; ``latency`` is in seconds, None if it is not known."""
    return max(min(int(TIME.total_seconds() / latency), MOST), 1) if latency else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSeries(Generic[S]):
    """Messages of one call with their subjects, and the ``answers`` to the first of them."""

    messages: Sequence[tuple[S, Message]]
    answers: list[Answer[Outcome]] = field(default_factory=list)

    def submit(self, courier: Courier, clock: Clock) -> None:
        until = clock() + 2 * TIME
        for _, message in self.messages:
            answer = courier.submit(message)
            self.answers.append(answer)
            is_refused = any(isinstance(outcome, SealRefused) for outcome in answer.by_reference.values())
            if is_refused or answer.failure is not None or clock() >= until:
                return

    def split(self, came: Came[MessageSeries[S], None]) -> tuple[list[Came[S, Answer[Outcome]]], list[S]]:
        """Return a call for each message that was submitted, and the subjects of the others.

        ``came`` is the call of this series; its duration becomes that of one message.
        """
        takes: list[Callable[[], Answer[Outcome]]] = []
        try:
            came.take()
        except Exception as error:
            takes.append(partial(_raise, error))
        takes = [*(partial(_return, answer) for answer in self.answers), *takes]
        came.seconds /= max(len(takes), 1)
        subjects = [subject for subject, _ in self.messages]
        ended = [
            Came(subject=subject, permit=came.permit, take=take, seconds=came.seconds)
            for subject, take in zip(subjects, takes, strict=False)
        ]
        return ended, subjects[len(ended) :]


def _return(answer: Answer[Outcome]) -> Answer[Outcome]:
    return answer


def _raise(error: Exception) -> Any:
    raise error
