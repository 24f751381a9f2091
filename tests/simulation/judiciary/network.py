"""The network before the judiciary: it delays, drops, doubles and reorders; a call waits until its timeout alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any, Final

from adapters.http.client import HttpAnswer
from gateway.judiciary.courier import CallFailed, Operation
from gateway.runtime.clock import parse_timestamp

from ..scheduler import Scheduler, Task
from .ledger import Flight
from .service import Judiciary
from .signed import opened, signed

TIMEOUT: Final = 60.0
"""Seconds, as the configuration has it."""

_JSON: Final = "application/json"


@dataclass(slots=True)
class _Call:
    caller: Task
    answer: HttpAnswer | None = None
    is_over: bool = False


@dataclass(slots=True)
class Network:
    """``hit`` tells if a fault of this kind strikes now."""

    scheduler: Scheduler
    judiciary: Judiciary
    random: Random
    hit: Callable[[str], bool]
    observe: Callable[[Flight], None] = lambda _: None
    """Called with each submission before it is on its way."""
    signed: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Message -> true time at which it was signed, and at which the process began that signed it."""
    sends: Callable[[bytes], None] = lambda _: None
    told: Callable[[str, str], None] = lambda _kind, _what: None
    answers: dict[str, dict[str, str]] = field(default_factory=dict)
    """Message -> the status of each notice in the answer that its sender heard; the one to another copy may be lost."""

    def signing(self, message: str, *, began: float) -> None:
        self.signed[message] = self.scheduler.now, began

    def post(self, octets: bytes) -> HttpAnswer:
        """Send a request and wait for its answer. Raises `CallFailed`."""
        scheduler = self.scheduler
        self.sends(octets)
        if self.hit("judiciary-away"):
            scheduler.sleep(self.random.uniform(0.01, 2))
            raise CallFailed("courier.not-connected", where="judiciary")
        call = _Call(caller=scheduler.current)  # type: ignore[arg-type]
        copies = 2 if self.hit("double") else 1
        flight = self._flight(octets, copies)
        first_is_busy = copies == 2 and self.random.random() < 0.3  # a hop delivered it twice, and one found no room
        for copy in range(copies):
            delay = self._delay(copy)
            if self.hit("drop-request"):
                self._landed(flight)
                continue
            is_busy = first_is_busy and copy == 0
            scheduler.at(scheduler.now + delay, partial(self._arrive, octets, call, flight, is_busy=is_busy))
        scheduler.sleep(TIMEOUT)
        call.is_over = True
        if call.answer is None:
            raise CallFailed("courier.no-answer", where="judiciary")
        return call.answer

    def _delay(self, copy: int) -> float:
        if self.hit("delay"):
            return self.random.uniform(1, self.random.choice([50, 500]))
        return self.random.uniform(0.01, 2) * (1 + 10 * copy)

    def _flight(self, octets: bytes, copies: int) -> Flight | None:
        _, told, _ = opened(octets)
        if told["op"] != Operation.SUBMIT:
            return None
        expires = parse_timestamp(told["expires"])
        flight = Flight(told["id"], tuple(told["content"]["references"]), self.scheduler.now, expires, copies)
        self.observe(flight)
        for reference in flight.references:
            self.judiciary.ledger.flights.setdefault(reference, []).append(flight)
        return flight

    def _landed(self, flight: Flight | None) -> None:
        if flight is not None:
            flight.copies -= 1

    def _arrive(self, octets: bytes, call: _Call, flight: Flight | None, *, is_busy: bool = False) -> None:
        answer = self.judiciary.serve(octets, busy=self.hit("busy") or is_busy)
        self._landed(flight)
        self.told("judiciary", _label(octets, answer))
        said = opened(answer)[1]
        if self.hit("drop-answer"):
            return
        status = 200
        if self.hit("forged-answer"):
            answer = signed("stranger", _lie(said))
        elif self.hit("gateway-page"):
            answer, status = b"<html>502</html>", 502
        self.scheduler.at(self.scheduler.now + self._delay(0), lambda: self._answered(call, answer, status, said))

    def _answered(self, call: _Call, octets: bytes, status: int, said: Mapping[str, Any]) -> None:
        """Let the caller hear the first answer; ``said`` is what the judiciary's own octets say."""
        if call.answer is None and not call.is_over:
            self.answers[said["RelatesTo"]] = {each["reference"]: each["status"] for each in said.get("results", ())}
            call.answer = HttpAnswer(status=status, media_type=_JSON, body=octets)
            self.scheduler.wake(call.caller)


def _lie(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return another answer to the same request: nothing in it is so."""
    status = "NOT_KNOWN" if "InquireStatus" in told["Action"] else "REJECTED"
    return {**told, "results": [{**each, "status": status, "code": "E1"} for each in told.get("results", ())]}


def _label(octets: bytes, answer: bytes) -> str:
    _, asked, _ = opened(octets)
    _, told, _ = opened(answer)
    said = told.get("fault") or ",".join(each["status"] for each in told.get("results", ()))
    return f"{asked['op']} {said}".strip()
