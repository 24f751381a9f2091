"""The table of states, read from ARCHITECTURE.md, where people read it."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from adapters.shipped.resources import ROOT

START: Final = ""

EVIDENT: Final = frozenset(
    {
        "SubmissionAcceptance", "SubmissionRejection", "AccountAbsence", "TicketIssue", "AbsenceProof",
        "UnknownToPeer", "ContentConsignment", "ContentConsignmentFailure", "ContentHandover", "LegalService",
        "DecisionSubmitted", "Requeue", "Withdrawal", "ChannelSwitch",
    }
)  # fmt: skip
"""Events that somebody else caused, or a person: each has a proof."""

_LINE: Final = re.compile(r"\| `([A-Z_]+)` \| ([A-Za-z]+) \| `([A-Z_]+)` \|")


@cache
def table_of_states() -> frozenset[tuple[str, str, str]]:
    """Return (state, event, state) of every line of the table, and the admission of a notice."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    return frozenset([*_LINE.findall(text), (START, "Admission", "QUEUED"), (START, "Admission", "IN_DOUBT")])
