"""Judges of answers: whether the octets of a response may be read, and the facts that this rests on.

A signed answer is judged by policies, fresh and once. An answer without a signature rests on the connection that
brought it; the evidence says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Generic, Protocol

from adapters.judiciary.wire import Content, PlainWire, SignedWire
from gateway.runtime.clock import Clock
from gateway.runtime.errors import GatewayError
from gateway.runtime.timekeeping import JUDICIARY, Timekeeper
from gateway.trust.revocation_status import UNASKED, Revocations
from gateway.trust.trust_policy import (
    BY_CONNECTION,
    AllOf,
    Answers,
    CertificateValid,
    Covers,
    Facts,
    Fresh,
    IssuedBy,
)

RESOLUTION: Final = timedelta(seconds=1)
"""Resolution of a message's time, which may be given in whole seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """The call that an answer must belong to.

    ``asked_at`` is its time by the steady clock (`gateway.runtime.timekeeping`). ``dated`` is the time that the
    connection states for the answer (the Date of RFC 9110, 6.6.1), in whole seconds.
    """

    operation: str
    message_id: str
    asked_at: float
    dated: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Believed(Generic[Content]):
    """Content of an answer that may be read, and the checks that it ``passed``.

    ``signed_at`` is its time by the judiciary's clock; None if it states none.
    """

    content: Content
    passed: Sequence[str]
    signed_at: datetime | None = None


class AnswerJudge(Protocol[Content]):
    """Judge of one endpoint's answers."""

    def believe(self, raw: bytes, call: Call) -> Believed[Content]:
        """Return the content of the answer to ``call``. Raises `Rejection` for any other octets."""
        ...

    def unrelated(self, raw: bytes) -> Content | None:
        """Return the content of a signed answer that relates to no request; None for any other octets.

        It is fresh if it states its time.

        A service that does not trust a request relates its fault to none. That proves nothing of any notice, but it
        can show an operator the cause.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedAnswers(Generic[Content]):
    """Judge (`AnswerJudge`) of answers signed by one of ``issuers`` (thumbprints); clocks may differ by ``skew``.

    The answer is bound to its request by what the wire requires to be signed: the id of the request among the
    addressing headers, or in the content (`adapters.judiciary.wire.SignedWire.echo`).
    """

    wire: SignedWire[Content]
    issuers: frozenset[str]
    skew: timedelta
    clock: Clock
    timekeeper: Timekeeper
    revocations: Revocations = UNASKED

    def believe(self, raw: bytes, call: Call) -> Believed[Content]:
        facts = self.wire.examine(raw, self.clock())
        if self.wire.echo is not None:
            return self._echoed(facts, call)
        signed = IssuedBy(self.issuers), Covers(*self.wire.coverage)
        answers = Answers(message_id=call.message_id, action=self.wire.answer_action(call.operation, facts))
        with suppress(GatewayError):
            # The answer to this very request was made after it, whatever the two clocks show. One that is not fresh
            # shows the difference between them.
            AllOf(*signed, answers).check(facts)
            self.timekeeper.heard(JUDICIARY, facts.signed_at, call.asked_at, RESOLUTION)
        now = self.clock()
        passed = AllOf(*signed, self._fresh(now), answers, self.revocations.now(now)).check(facts)
        return Believed(content=self.wire.content(facts), passed=passed, signed_at=facts.signed_at)

    def unrelated(self, raw: bytes) -> Content | None:
        with suppress(GatewayError):
            now = self.clock()
            facts = self.wire.examine(raw, now)
            if self.wire.echo is not None:
                AllOf(IssuedBy(self.issuers), Covers(*self.wire.coverage), CertificateValid(now)).check(facts)
                return self.wire.content(facts)
            if facts.claims.get("RelatesTo") is None:
                covers = Covers(*(part for part in self.wire.coverage if part != "RelatesTo"))
                AllOf(IssuedBy(self.issuers), covers, self._fresh(now)).check(facts)
                return self.wire.content(facts)
        return None

    def _fresh(self, now: datetime) -> Fresh:
        return Fresh(now, skew=self.skew)

    def _echoed(self, facts: Facts, call: Call) -> Believed[Content]:
        """Judge an answer whose signed content repeats the id of the call.

        The id is random and was never used before, so the answer was made after the request: it is fresh without a
        time of its own.
        """
        assert self.wire.echo is not None
        now = self.clock()
        policies = IssuedBy(self.issuers), Covers(*self.wire.coverage), CertificateValid(now), self.revocations.now(now)
        passed = AllOf(*policies).check(facts)
        content = self.wire.content(facts)
        self.wire.echo.check(content, call.message_id)
        _hear(self.timekeeper, call)
        return Believed(content=content, passed=[*passed, "answers our request: its content repeats the call's id"])


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionAnswers(Generic[Content]):
    """Judge (`AnswerJudge`) of answers without a signature: a TLS connection with pinned anchors brought them.

    They prove nothing to anybody else, and evidence says so (`gateway.trust.trust_policy.BY_CONNECTION`).
    """

    wire: PlainWire[Content]
    timekeeper: Timekeeper

    def believe(self, raw: bytes, call: Call) -> Believed[Content]:
        content = self.wire.read(raw)
        if self.wire.echo is not None:
            self.wire.echo.check(content, call.message_id)
        _hear(self.timekeeper, call)
        return Believed(content=content, passed=[BY_CONNECTION])

    def unrelated(self, raw: bytes) -> None:  # noqa: ARG002 - nobody signed it
        return None


def _hear(timekeeper: Timekeeper, call: Call) -> None:
    """Compare our clock with the connection's: where no time is signed, it is the only clock of the judiciary's."""
    if call.dated is not None:
        timekeeper.heard(JUDICIARY, call.dated, call.asked_at, RESOLUTION)
