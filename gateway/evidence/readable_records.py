"""Records of a notice whose stored headers can be read, apart from those whose headers cannot.

A header is damaged by a fault of the disk, or by an edit in the database. The other records stay of use.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from gateway.notice.delivery_state import FINAL
from gateway.operations.effective_configuration import within
from gateway.record.evidence_record import Header
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Admission, EvidenceRow


def divided(rows: Sequence[EvidenceRow]) -> tuple[list[EvidenceRow], list[EvidenceRow]]:
    """Divide records into those whose headers can be read, and all others, each in the given order."""
    readable = [Header.read(row.header) is not None for row in rows]
    good = [row for row, is_good in zip(rows, readable, strict=True) if is_good]
    return good, [row for row, is_good in zip(rows, readable, strict=True) if not is_good]


def damage_of(reference: str, damaged: Sequence[EvidenceRow]) -> list[GatewayError]:
    """Return an error ``evidence.damaged`` for each damaged record of a notice. It names both."""
    return [GatewayError("evidence.damaged", where=reference, detail=f"record {row.id}") for row in damaged]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadableRecords:
    """Records of a notice: ``own`` are about it, ``beside`` are those of configurations in its life.

    The headers of both can be read. ``damaged`` are the others.
    """

    reference: str
    own: Sequence[EvidenceRow] = field(repr=False)
    beside: Sequence[EvidenceRow] = field(repr=False)
    damaged: Sequence[EvidenceRow] = field(repr=False)

    @property
    def rows(self) -> list[EvidenceRow]:
        return [*self.own, *self.beside]

    @property
    def headers(self) -> list[Header]:
        return [Header.of(row.header) for row in self.rows]

    @property
    def damage(self) -> list[GatewayError]:
        return damage_of(self.reference, self.damaged)


def readable_records(
    admission: Admission, rows: Sequence[EvidenceRow], configurations: Sequence[EvidenceRow]
) -> ReadableRecords:
    """Divide the records ``rows`` about a notice; ``configurations`` are all those of configurations, oldest first."""
    state, (own, damaged) = admission.entry.state, divided(rows)
    headers = [Header.of(row.header) for row in own]
    begun = min((header.recorded_at for header in headers), default=None)
    ended = max((header.recorded_at for header in headers), default=None) if state in FINAL else None
    return ReadableRecords(
        reference=admission.entry.reference,
        own=own,
        beside=within(divided(configurations)[0], headers, state),
        damaged=[*damaged, *_perhaps_within(configurations, begun, ended)],
    )


def _perhaps_within(configurations: Sequence[EvidenceRow], begun: str | None, ended: str | None) -> list[EvidenceRow]:
    """Return the damaged configurations that may have been in force between two times, by those around them."""
    headers = [Header.read(row.header) for row in configurations]
    found = []
    for place, row in enumerate(configurations):
        if headers[place] is not None:
            continue
        before = [each.recorded_at for each in headers[:place] if each is not None]
        after = [each.recorded_at for each in headers[place:] if each is not None]
        replaced = begun is not None and bool(after) and after[0] <= begun
        too_late = ended is not None and bool(before) and before[-1] > ended
        if not replaced and not too_late:
            found.append(row)
    return found
