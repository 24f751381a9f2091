"""The judiciary's codes in a profile: the meaning of statuses, and the consequences of faults."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field, model_validator

from adapters.settings.values import Section
from gateway.judiciary.capabilities import Capabilities
from gateway.judiciary.outcome_codes import USUAL_CODES, CodeTable, Meaning

_Path = Annotated[str, Field(pattern=r"^[\w@#-]+(\.[\w@#-]+){0,9}$")]
_AnyPath = Annotated[str, Field(pattern=r"^([\w@#-]+|\*)(\.([\w@#-]+|\*)){0,9}$")]
_Word = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.\-]{0,99}$")]
_Code = Annotated[str, Field(pattern=r"^-?[A-Za-z0-9][A-Za-z0-9_.:\-]{0,99}$")]
"""Code in an answer: a number may be negative, the name of a fault may have a prefix."""
_NONE: Final = frozenset[str]()


def _or(words: list[str] | None, usual: frozenset[str]) -> frozenset[str]:
    return usual if words is None else frozenset(words)


class ContainerSection(Section):
    """Errors inside an ordinary answer: paths from the answer's element on, or from the outermost JSON object.

    A step ``*`` leads to the only member, whatever its name.

    ``code`` leads to the code, ``text`` to the words that a person reads. After a code in ``good`` the rest of the
    answer is read.
    """

    code: _AnyPath
    text: _AnyPath | None = None
    good: list[_Code] = Field(min_length=1)


class CodesSection(Section):
    """The judiciary's codes. An unlisted status leaves the notice in doubt, and so does every fault.

    A fault in ``not_acted_on`` leaves no doubt if ``capabilities.replay_check_first`` is set.

    If code binds the contract, ``expired``, ``schema`` and ``credentials`` default to our own contract's codes. If
    mapping files bind it, they default to none. Statuses are then in the files' tables, and ``fault`` is the path to a
    fault's code.

    ``container`` is the part of ordinary answers that tells errors: its codes stand in the same lists.

    ``reasons`` are Persian texts for clerks, by the code of a rejection.
    """

    statuses: dict[_Word, Annotated[Meaning, Field(strict=False)]] = Field(default_factory=dict)
    not_acted_on: list[_Code]
    busy: list[_Code]
    expired: list[_Code] | None = None
    schema_: list[_Code] | None = Field(default=None, alias="schema")
    credentials: list[_Code] | None = None
    fault: _Path | None = None
    container: ContainerSection | None = None
    reasons: dict[_Code, Annotated[str, Field(min_length=1, max_length=500)]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _a_good_code_is_no_fault(self) -> CodesSection:
        if self.container and (both := sorted(self.told & frozenset(self.container.good))):
            raise ValueError(f"{both[0]} is good in [codes.container], and a fault in another list")
        return self

    @property
    def told(self) -> frozenset[str]:
        """All codes with a meaning of their own."""
        lists = self.not_acted_on, self.busy, self.expired, self.schema_, self.credentials
        return frozenset(code for codes in lists for code in codes or ())

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
