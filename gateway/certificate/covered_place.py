"""Place of a certificate's record in the log, under a signed checkpoint."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.evidence.evidence_log import EvidenceLog
from gateway.merkle.checkpoint import Checkpoint, NoteSignature, SignedNote
from gateway.runtime.errors import GatewayError


@dataclass(frozen=True, slots=True, kw_only=True)
class CoveredPlace:
    """The record ``index`` in the tree that ``signed`` states, with the log's ``own`` signature."""

    index: int
    signed: Checkpoint
    own: NoteSignature


def covered_place(log: EvidenceLog, id: str, where: str) -> CoveredPlace:
    """Return a record's place under the first checkpoint over it, so that each print has the same one.

    ``where`` stands in the error.
    Raises `GatewayError` ``evidence.not-archived`` if no checkpoint covers it yet, ``store.*``.
    """
    index = log.index_of(id)
    notes = [] if index is None else log.checkpoints(index, 1)
    if index is None or not notes:
        raise GatewayError("evidence.not-archived", where=where, detail="no checkpoint of it yet")
    note = SignedNote.of(notes[0].note)
    return CoveredPlace(index=index, signed=Checkpoint.of(note.text), own=note.signatures[0])
