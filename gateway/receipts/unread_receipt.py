"""Receipt that our mapping cannot read: the part of a believed answer that it is, kept until the mapping was mended.

Its octets are JSON with sorted keys: the element of the answer as mappings read it, and what else of the answer and of
its request the element's mapping needs. So the same receipt has the same octets in every answer. They prove nothing by
themselves. The answer is recorded beside them, as it came.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from gateway.runtime.errors import GatewayError
from gateway.runtime.pass_report import PassReport
from gateway.store.stored import Quarantined
from gateway.trust.trust_policy import Rejection

_BEGINNING: Final = b'{"asked_number":'
"""First octets of every such receipt, and of no other one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadReceipt:
    """Part of an answer: its ``element``, what the mapping reads ``beside`` it, and the number of its ``repeat``.

    ``asked_reference`` and ``asked_number`` are those of the only notice that the answer is about, if there is one.
    """

    element: Any = field(repr=False)
    beside: Mapping[str, Any] = field(repr=False)
    repeat: int
    asked_reference: str | None = None
    asked_number: str | None = None

    @property
    def octets(self) -> bytes:
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    @classmethod
    def of(cls, octets: bytes) -> UnreadReceipt:
        """Parse stored octets. Raises `Rejection` ``verify.shape`` for octets of any other form."""
        try:
            return cls(**json.loads(octets))
        except (ValueError, TypeError, RecursionError) as error:
            raise Rejection("verify.shape", detail="no receipt that could not be read") from error


def is_unread(octets: bytes) -> bool:
    """Return True if octets are those of an `UnreadReceipt`."""
    return octets.startswith(_BEGINNING)


def report_unread(report: PassReport, errors: Sequence[GatewayError], new: Sequence[Quarantined]) -> None:
    """Add the errors of receipts that a mapping could not read, each once, and an alarm if any of them is ``new``."""
    report.errors += {str(error): error for error in errors}.values()
    if new:
        more = f"; {len(new)} receipts in all" if len(new) > 1 else ""
        report.alarms.append(
            GatewayError("receipt.unread", where=new[0].payload_digest, detail=f"{new[0].detail}{more}")
        )
