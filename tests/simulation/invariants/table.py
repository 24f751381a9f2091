"""The invariants, one sentence each, by the name that a violation has; docs/design/simulation.md shows them."""

from __future__ import annotations

from typing import Final

INVARIANTS: Final = {
    "submitted-once": "No notice is submitted while an earlier submission of it has arrived or can still arrive.",
    "served-once": "The judiciary serves no notice twice.",
    "stored-before-confirmed": "No receipt is confirmed before it is stored.",
    "through-the-table": "Every step of a notice stands in the table of states, and begins where the one before it ended.",
    "written-as-proven": "A row shows nothing of a notice that the judiciary has not decided or a receipt does not prove.",
    "step-has-evidence": "Every step that rests on an answer, a receipt or an act names a record, and the record is there.",
    "tree-grows": "A record's place in the tree never changes, and no place is left out.",
    "segments-join": "Each segment begins where the one before it ends, and holds the records of these places.",
    "one-history": "Each checkpoint that a witness or a segment has is of the one tree, or of a history that a restore forgot.",
    "nothing-undecided": "Once faults have ended, every notice comes to its end, waits for the judiciary, or waits for a person.",
    "row-is-current": "Once faults have ended, every row that is still there shows the last state of its notice.",
    "person-is-told": "Whatever waits for a person is told to a person.",
    "nothing-breaks": "No pass ends with an error that the catalogue does not have, and none runs for ever.",
}
