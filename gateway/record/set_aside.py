"""The record by which a forgotten history was set aside (`gateway.operations.history_division` makes it).

It names every checkpoint of the forgotten history that the folder or a witness held, and the segments that only that
history has. They lie in the folder ``set-aside`` of the archive, where auditors judge them like any other.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.merkle.tree import HASH_BYTES
from gateway.runtime.clock import parse_timestamp, timestamp


class NotASettingAside(Exception):
    """The octets are not the payload of such a record."""

    literal_name = "NotASettingAside"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """A checkpoint of the history that was set aside."""

    size: int
    root: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingAside:
    """The payload of a `EvidenceKind.HISTORY_SET_ASIDE`: ``checkpoints`` of the forgotten history, and the names of
    its ``segments``. The archive's segments go on from ``first`` records."""

    account: str
    authentication: str
    reason: str
    at: datetime
    first: int
    checkpoints: Sequence[Forgotten]
    segments: Sequence[str]

    @property
    def octets(self) -> bytes:
        told = {
            "act": "archive.set-aside",
            "account": self.account,
            "authentication": self.authentication,
            "reason": self.reason,
            "at": timestamp(self.at),
            "first": self.first,
            "checkpoints": [{"size": c.size, "root": base64.b64encode(c.root).decode()} for c in self.checkpoints],
            "segments": list(self.segments),
        }
        return json.dumps(told, sort_keys=True, ensure_ascii=False, indent=1).encode() + b"\n"

    @classmethod
    def of(cls, octets: bytes) -> SettingAside:
        """Read such a payload. Raises `NotASettingAside`."""
        try:
            told = json.loads(octets)
            found = cls(
                account=told["account"],
                authentication=told["authentication"],
                reason=told["reason"],
                at=parse_timestamp(told["at"]),
                first=told["first"],
                checkpoints=[
                    Forgotten(size=c["size"], root=base64.b64decode(c["root"], validate=True))
                    for c in told["checkpoints"]
                ],
                segments=told["segments"],
            )
            right = found.octets == octets and all(
                isinstance(c.size, int) and len(c.root) == HASH_BYTES for c in found.checkpoints
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, binascii.Error) as error:
            raise NotASettingAside("not the payload of such a record") from error
        texts = (found.account, found.authentication, found.reason, *found.segments)
        if not right or not isinstance(found.first, int) or not all(isinstance(text, str) for text in texts):
            raise NotASettingAside("written in another form")
        return found

    @property
    def summary(self) -> str:
        """One line for reports: when, and why."""
        return f"set aside on record {timestamp(self.at)[:19]}Z: {self.reason}"
