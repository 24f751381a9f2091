"""The three operations. Each returns what its answer holds beside the error container."""

import hashlib
from dataclasses import dataclass
from datetime import time
from pathlib import Path

import clock
import messages
import outcomes
import tables
from clients import Client
from letters import Letters
from messages import RefusedError


@dataclass(frozen=True)
class Hours:
    """Hours in which the service is closed, in Tehran; `start` after `end` is over midnight."""

    start: time
    end: time

    @classmethod
    def read(cls, text: str) -> "Hours":
        start, _, end = text.partition("-")
        return cls(time.fromisoformat(start), time.fromisoformat(end))

    def hold(self) -> bool:
        local = clock.now().astimezone(clock.TEHRAN).time()
        if self.start <= self.end:
            return self.start <= local < self.end
        return local >= self.start or local < self.end


class Service:
    def __init__(self, folder: Path, letters: Letters, receipt_delay: float, find_lag: float) -> None:
        self._outcomes = folder / "outcomes.json"
        self._letters = letters
        self._receipt_delay = receipt_delay
        self._find_lag = find_lag

    def call(self, operation: str, values: dict[str, object], client: Client, track: int) -> dict[str, object]:
        if client.operations is not None and operation not in client.operations:
            raise RefusedError(tables.NOT_ALLOWED)
        if operation == "RegisterNotice":
            return self._register(values, client, track)
        if operation == "GetNoticeStatus":
            return self._status(str(values["NoticeNumber"]), client)
        return self._find(str(values["Reference"]), client)

    def _register(self, values: dict[str, object], client: Client, track: int) -> dict[str, object]:
        messages.judge_notice(values)
        if client.kinds is not None and values["Kind"] not in client.kinds:
            raise RefusedError(tables.NOT_ALLOWED)
        national_id = str(values["NationalId"])
        outcome = outcomes.of(self._outcomes, national_id)
        fails = outcome.error is not None and self._letters.played(f"outcome {national_id}", outcome.times)
        if fails and not outcome.acted:
            raise RefusedError(outcome.error or 0)
        document = values["Document"]
        assert isinstance(document, bytes)
        told = {
            "reference": str(values["Reference"]),
            "recipient": national_id,
            "sha256": hashlib.sha256(document).hexdigest(),
        }
        delay = self._receipt_delay if outcome.delay is None else outcome.delay
        number = self._letters.submit(client.name, told, outcome.steps, delay, track)
        if fails:
            raise RefusedError(outcome.error or 0)
        return {"NoticeNumber": number}

    def _status(self, number: str, client: Client) -> dict[str, object]:
        standing = self._letters.standing(client.name, number)
        if standing is None:
            raise RefusedError(tables.NOT_FOUND)
        date, hour = clock.jalali_text(standing.at)
        told: dict[str, object] = {
            "StatusCode": standing.status,
            "StatusText": tables.status_text(standing.status),
            "StatusDate": date,
            "StatusTime": hour,
        }
        if standing.reason:
            told["RejectReason"] = standing.reason
        return told

    def _find(self, reference: str, client: Client) -> dict[str, object]:
        number = self._letters.find(client.name, reference, self._find_lag)
        if number is None:
            raise RefusedError(tables.NOT_FOUND)
        return {"NoticeNumber": number}
