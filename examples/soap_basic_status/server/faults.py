"""Faults on the wire: by the plan in faults.json, or drawn from a seed. README.md describes both."""

import json
import random
import threading
from dataclasses import dataclass
from pathlib import Path

import clock
from letters import append

KINDS = ("cut-before", "cut-after", "half-answer", "delay", "twice", "session-lost", "proxy-page", "code")
# Drawn from a seed: those that any request can meet.
_DRAWN = ("cut-before", "cut-after", "half-answer", "delay", "twice", "session-lost", "proxy-page")


@dataclass(frozen=True)
class Fault:
    kind: str
    seconds: float = 0.0
    code: int = 0


class Faults:
    def __init__(self, folder: Path, seeded: str | None) -> None:
        self._plan = folder / "faults.json"
        self._played = folder / "faults.jsonl"
        self._lock = threading.Lock()
        self._text = ""
        self._met: list[int] = []
        self._random: random.Random | None = None
        self._percent = 0.0
        if seeded:
            seed, _, percent = seeded.partition(":")
            self._random = random.Random(seed)  # noqa: S311 - repeatable on purpose
            self._percent = float(percent)

    def choose(self, operation: str, key: str) -> Fault | None:
        """`key` is the reference or the number that the request names."""
        with self._lock:
            return self._planned(operation, key) or self._drawn(operation)

    def _planned(self, operation: str, key: str) -> Fault | None:
        text = self._plan.read_text(encoding="utf-8") if self._plan.exists() else "[]"
        rules = json.loads(text)
        if text != self._text:
            # A changed plan is a new plan: its counts begin anew.
            self._text, self._met = text, [0] * len(rules)
        chosen = None
        for place, rule in enumerate(rules):
            if rule["fault"] not in KINDS:
                raise ValueError(f"faults.json: unknown fault {rule['fault']!r}")
            if rule.get("operation", operation) != operation or rule.get("key", key) != key:
                continue
            self._met[place] += 1
            after, times = rule.get("after", 0), rule.get("times", 1)
            if chosen is None and after < self._met[place] <= after + times:
                chosen = Fault(rule["fault"], float(rule.get("seconds", 0)), int(rule.get("code", 0)))
        return self._fitting(chosen, operation)

    def _drawn(self, operation: str) -> Fault | None:
        if self._random is None:
            return None
        hit, kind = self._random.random() * 100 < self._percent, self._random.choice(_DRAWN)
        return self._fitting(Fault(kind, seconds=2.0), operation) if hit else None

    @staticmethod
    def _fitting(fault: Fault | None, operation: str) -> Fault | None:
        """No proxy repeats a submission: the contract says that a second one is a second letter."""
        if fault and fault.kind == "twice" and operation == "RegisterNotice":
            return None
        return fault

    def played(self, fault: Fault, operation: str, key: str, track: int) -> None:
        told: dict[str, object] = {"at": clock.stamp(clock.now()), "fault": fault.kind, "operation": operation}
        told |= {"key": key, "track": track}
        if fault.kind == "code":
            told["code"] = fault.code
        with self._lock:
            append(self._played, json.dumps(told, ensure_ascii=False))
