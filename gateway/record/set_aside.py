"""Record of a forgotten history that was set aside (`gateway.operations.history_division` makes it).

It names every checkpoint of that history in the folder or at a witness, and the segments that only that history has.
They lie in the archive's folder ``set-aside``, where auditors judge them like any other.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.merkle.tree import HASH_BYTES
from gateway.runtime.clock import parse_recorded, timestamp


class NotASettingAside(Exception):
    """The octets are not the payload of a setting-aside record."""

    literal_name = "NotASettingAside"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """Checkpoint of the history that was set aside."""

    size: int
    root: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingAside:
    """Payload of a `EvidenceKind.HISTORY_SET_ASIDE`.

    It names ``checkpoints`` of the forgotten history and its ``segments``. The archive's segments continue from
    ``first`` records.
    """

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
        """Parse the payload of such a record. Raises `NotASettingAside`."""
        try:
            told = json.loads(octets)
            found = cls(
                account=told["account"],
                authentication=told["authentication"],
                reason=told["reason"],
                at=parse_recorded(told["at"]),
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
        """Return one line for reports, with time and reason."""
        return f"set aside on record {timestamp(self.at)[:19]}Z: {self.reason}"
