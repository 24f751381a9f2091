"""The judiciary's codes in a profile: the meaning of statuses, and the consequences of faults."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from adapters.settings.values import Section
from gateway.judiciary.capabilities import Capabilities
from gateway.judiciary.outcome_codes import USUAL_CODES, CodeTable, Meaning

_Path = Annotated[str, Field(pattern=r"^[\w@#-]+(\.[\w@#-]+){0,9}$")]
_Word = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.\-]{0,99}$")]
_NONE: Final = frozenset[str]()


def _or(words: list[str] | None, usual: frozenset[str]) -> frozenset[str]:
    return usual if words is None else frozenset(words)


class CodesSection(Section):
    """The judiciary's codes. An unlisted status leaves the notice in doubt, and so does every fault.

    A fault in ``not_acted_on`` leaves no doubt if ``capabilities.replay_check_first`` is set.

    If code binds the contract, ``expired``, ``schema`` and ``credentials`` default to our own contract's codes. If
    mapping files bind it, they default to none. Statuses are then in the files' tables, and ``fault`` is the path to a
    fault's code.

    ``reasons`` are Persian texts for clerks, by the code of a rejection.
    """

    statuses: dict[_Word, Annotated[Meaning, Field(strict=False)]] = Field(default_factory=dict)
    not_acted_on: list[_Word]
    busy: list[_Word]
    expired: list[_Word] | None = None
    schema_: list[_Word] | None = Field(default=None, alias="schema")
    credentials: list[_Word] | None = None
    fault: _Path | None = None
    reasons: dict[_Word, Annotated[str, Field(min_length=1, max_length=500)]] = Field(default_factory=dict)

    def table(self, capabilities: Capabilities, *, usual: bool) -> CodeTable:
        """Return the code table. With ``usual``, our own contracts' codes fill in omitted ones."""
        known = USUAL_CODES if usual else CodeTable(expired=_NONE, schema=_NONE, credentials=_NONE)
        return CodeTable(
            statuses=self.statuses,
            not_acted_on=frozenset(self.not_acted_on) if capabilities.replay_check_first else _NONE,
            busy=frozenset(self.busy),
            expired=_or(self.expired, known.expired),
            schema=_or(self.schema_, known.schema),
            credentials=_or(self.credentials, known.credentials),
            reasons=self.reasons,
        )
