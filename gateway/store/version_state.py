"""The life of a version of a mapping or a profile: its states, and the one table of transitions.

A version is octets that never change. Being in force for a source is not a state of the version. It follows from the
`succession` of activations: a version that was activated once may be put in force again.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class MappingState(StrEnum):
    """State of a version."""

    DRAFT = "DRAFT"
    CHECKED = "CHECKED"
    SUBMITTED = "SUBMITTED"
    APPROVED = "APPROVED"
    ACTIVE = "ACTIVE"
    RETIRED = "RETIRED"


class MappingEvent(StrEnum):
    """Event in the life of a version."""

    IMPORT = "Import"
    CHECK = "Check"
    SUBMISSION = "Submission"
    APPROVAL = "Approval"
    ACTIVATION = "Activation"
    RESTORATION = "Restoration"
    RETIREMENT = "Retirement"


_S, _E = MappingState, MappingEvent

FIRST = MappingState.DRAFT
"""The state after `MappingEvent.IMPORT`, which happens once."""

FINAL = frozenset({_S.RETIRED})

TRANSITIONS: Mapping[tuple[MappingState, MappingEvent], MappingState] = {
    (_S.DRAFT, _E.CHECK): _S.CHECKED,
    (_S.CHECKED, _E.CHECK): _S.CHECKED,
    (_S.CHECKED, _E.SUBMISSION): _S.SUBMITTED,
    (_S.SUBMITTED, _E.APPROVAL): _S.APPROVED,
    (_S.APPROVED, _E.ACTIVATION): _S.ACTIVE,
    (_S.ACTIVE, _E.ACTIVATION): _S.ACTIVE,
    (_S.DRAFT, _E.RESTORATION): _S.ACTIVE,
    (_S.CHECKED, _E.RESTORATION): _S.ACTIVE,
    (_S.SUBMITTED, _E.RESTORATION): _S.ACTIVE,
    (_S.APPROVED, _E.RESTORATION): _S.ACTIVE,
    (_S.ACTIVE, _E.RESTORATION): _S.ACTIVE,
    (_S.DRAFT, _E.RETIREMENT): _S.RETIRED,
    (_S.CHECKED, _E.RETIREMENT): _S.RETIRED,
    (_S.SUBMITTED, _E.RETIREMENT): _S.RETIRED,
    (_S.APPROVED, _E.RETIREMENT): _S.RETIRED,
    (_S.ACTIVE, _E.RETIREMENT): _S.RETIRED,
}

MOVED_BY: Mapping[MappingEvent, str] = {
    _E.IMPORT: "`mapping import`: the file compiles",
    _E.CHECK: "`mapping import`, `mapping submit`: its columns are in the case database",
    _E.SUBMISSION: "`mapping submit`",
    _E.APPROVAL: "`mapping approve`, by another person than the one who submitted it",
    _E.ACTIVATION: "`mapping activate`, for a source and from a time; `mapping rollback`",
    _E.RESTORATION: "`mapping rollback` of the first activation: what the configuration names is in force as before",
    _E.RETIREMENT: "`mapping retire`, while it is in force nowhere",
}


class IllegalMappingStep(Exception):
    """An event that cannot happen to a version in this state."""

    literal_name = "IllegalMappingStep"


def after(state: MappingState, event: MappingEvent) -> MappingState:
    """Return the state that follows. Raises `IllegalMappingStep`."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise IllegalMappingStep(f"{event} cannot happen to a version that is {state}") from None
