"""Series of messages: one call under way submits them one after another, and one commit records all of their answers.

A commit costs as much for one answer as for many. A series lasts about `TIME` by the last latency: of a quick endpoint
it has many messages, of a slow one a single message. While the number of calls still grows, it lasts a fourth of that,
since each answer decides how many calls there may be. After a failure or a refused seal, and when it lasts too long, it
ends before its last message.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any, Final, Generic, TypeVar

from gateway.judiciary.courier import Answer, Courier, Message, Outcome, Reply, SealRefused
from gateway.judiciary.overlap import Came
from gateway.runtime.circuit_breaker import FAILURES_THAT_OPEN
from gateway.runtime.clock import Clock

S = TypeVar("S")

TIME: Final = timedelta(seconds=1)
"""Duration of a series at the last latency. No message is submitted after twice this time."""

TIME_WHILE_CALLS_GROW: Final = TIME / 4

MOST: Final = 32
"""Most messages of a series. If the process ends, all of them may be in doubt."""

MOST_UNJUDGED: Final = FAILURES_THAT_OPEN
"""Number of replies that are judged together: measured, it halves the CPU time of a judgement. It is not more than
`FAILURES_THAT_OPEN`, so that an endpoint that fails gets no more messages than the breaker allows."""


def series_length(latency: float | None, *, calls_grow: bool = False) -> int:
    """Return the number of messages of a series; ``latency`` is in seconds, None if it is not known."""
    time = TIME_WHILE_CALLS_GROW if calls_grow else TIME
    return max(min(int(time.total_seconds() / latency), MOST), 1) if latency else 1


@dataclass(slots=True, kw_only=True)
class MessageSeries(Generic[S]):
    """Messages of one call with their subjects. The first ``begun`` of them may have arrived.

    ``judged`` are functions that return an answer or raise as its judgement did, by the place of their message.
    ``has_failed`` is True if a call or a judgement failed, or a seal was refused.
    """

    messages: Sequence[tuple[S, Message]]
    begun: int = 0
    judged: dict[int, Callable[[], Answer[Outcome]]] = field(default_factory=dict)
    has_failed: bool = False

    def submit(self, courier: Courier, clock: Clock) -> None:
        until, replies = clock() + 2 * TIME, dict[int, Reply]()
        try:
            for place, (_, message) in enumerate(self.messages):
                self.begun += 1
                replies[place] = courier.transmit(message)
                if clock() >= until:
                    return
                if len(replies) == MOST_UNJUDGED or not replies[place].is_usual:
                    self._judge(replies)
                    if self.has_failed:
                        return
        finally:
            self._judge(replies)

    def _judge(self, replies: dict[int, Reply]) -> None:
        """Judge all replies: one that cannot be judged keeps no other answer back."""
        for place in list(replies):
            try:
                answer = replies.pop(place).judge()
            except Exception as error:
                self.judged[place], self.has_failed = partial(_raise, error), True
            else:
                self.judged[place] = partial(_return, answer)
                self.has_failed = self.has_failed or _is_failure(answer)

    def split(self, came: Came[MessageSeries[S], None]) -> tuple[list[Came[S, Answer[Outcome]]], list[S]]:
        """Return a call for each message that was begun, and the subjects of the others, which were never submitted.

        ``came`` is the call of this series; its duration becomes that of one message.
        """
        missing: Callable[[], Any] = came.take
        try:
            came.take()
        except Exception as error:
            missing = partial(_raise, error)
        came.seconds /= max(self.begun, 1)
        subjects = [subject for subject, _ in self.messages]
        ended = [
            Came(
                subject=subject,
                permit=came.permit,
                take=self.judged.get(place, missing),
                seconds=came.seconds,
            )
            for place, subject in enumerate(subjects[: self.begun])
        ]
        return ended, subjects[self.begun :]


def _is_failure(answer: Answer[Outcome]) -> bool:
    return answer.failure is not None or any(isinstance(each, SealRefused) for each in answer.by_reference.values())


def _return(answer: Answer[Outcome]) -> Answer[Outcome]:
    return answer


def _raise(error: Exception) -> Any:
    raise error
