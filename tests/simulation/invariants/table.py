"""The invariants, one sentence each, by the name that a violation has; docs/design/simulation.md shows them."""

from __future__ import annotations

from typing import Final

INVARIANTS: Final = {
    "submitted-once": "No notice is submitted while an earlier submission of it has arrived or can still arrive.",
    "recorded-before-sent": "No submission is on its way without a record of it in the store.",
    "signed-under-lease": "No submission is signed once the lease of its notices has ended.",
    "absence-is-proven": "Absence is believed after the settling time: of two answers, or of a person.",
    "times-are-true": "No submission is signed by a clock that was wrong at the process's start, or two minutes ago.",
    "known-is-not-sent": "No message is recorded with a notice that the judiciary has by an answer on record; a person "
    "may decide otherwise later.",
    "served-once": "The judiciary serves no notice twice.",
    "stored-before-confirmed": "No receipt is confirmed before it is stored.",
    "through-the-table": "Every step of a notice stands in the table of states, and begins where the last one ended.",
    "written-as-proven": "A row shows nothing that the judiciary has not decided or a receipt does not prove.",
    "step-has-evidence": "Every step that rests on an answer, a receipt or an act names a record that is there.",
    "tree-grows": "A record's place in the tree never changes, and no place is left out.",
    "segments-join": "A new segment begins where the one before it ends, and all hold the records of their places.",
    "one-history": "Each new checkpoint, at a witness or in a segment, is of the tree of those before it, or of both.",
    "nothing-signed-on-a-fork": "Nothing is signed or sent while the archive ends on another tree, not set aside.",
    "nothing-undecided": "Once faults have ended, every notice ends, or waits for the judiciary or for a person.",
    "row-is-taken-in": "Once faults have ended, every row shows its notice, or why it was refused.",
    "row-is-current": (
        "Once faults have ended, every row shows its notice's state an hour after its last step. Restored, one that "
        "waits for a person may differ."
    ),
    "person-is-told": "Whatever waits for a person is told to a person.",
    "calls-are-shared": "No pass of a gateway waits for the calls of others longer than two days.",
    "nothing-breaks": "No pass ends with an error that the catalogue does not have, and none runs for ever.",
}
