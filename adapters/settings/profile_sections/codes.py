"""The judiciary's codes in a profile: the meaning of statuses, and the consequences of faults."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from adapters.settings.values import Section
from gateway.judiciary.capabilities import Capabilities
from gateway.judiciary.outcome_codes import USUAL_CODES, CodeTable, Meaning

_Path = Annotated[str, Field(pattern=r"^[\w@#-]+(\.[\w@#-]+){0,9}$")]
_AnyPath = Annotated[str, Field(pattern=r"^([\w@#-]+|\*)(\.([\w@#-]+|\*)){0,9}$")]
_Word = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.\-]{0,99}$")]
_CODE: Final = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]{1,200}", re.ASCII)


def _code(text: str) -> str:
    if _CODE.fullmatch(text) is None:
        raise ValueError("a code has 1 to 200 characters: Latin letters, digits and those that a URI may have")
    return text


Code = Annotated[str, AfterValidator(_code)]
"""Code in an answer: a number, which may be negative, a name, which may have a prefix, or a URI (RFC 3986, 2), as in
``type`` of RFC 9457.
"""
_NONE: Final = frozenset[str]()


def _or(words: list[str] | None, usual: frozenset[str]) -> frozenset[str]:
    return usual if words is None else frozenset(words)


class HttpWord(StrEnum):
    """Meaning of an HTTP status by itself: that of the list of codes with this name, or ``answer``."""

    BUSY = "busy"
    EXPIRED = "expired"
    CREDENTIALS = "credentials"
    SCHEMA = "schema"
    NOT_ACTED_ON = "not_acted_on"
    ANSWER = "answer"
    """The answer is read although the contract does not describe this status."""


def _words(value: object) -> object:
    return [value] if isinstance(value, str) else value


class ContainerSection(Section):
    """Errors inside an ordinary answer: paths from the answer's element on, or from the outermost JSON object.

    A step ``*`` leads to the only member, whatever its name.

    ``code`` leads to the code, ``text`` to the words that a person reads. After a code in ``good`` the rest of the
    answer is read. With ``only_if_failed`` an answer that succeeded has no code.
    """

    code: _AnyPath
    text: _AnyPath | None = None
    good: list[Code] = Field(default_factory=list)
    only_if_failed: bool = False


class CodesSection(Section):
    """The judiciary's codes. An unlisted status leaves the notice in doubt, and so does every fault.

    A fault in ``not_acted_on`` leaves no doubt if ``capabilities.replay_check_first`` is set.

    Under a contract that we publish, ``expired``, ``schema`` and ``credentials`` default to its codes. Under a contract
    of another they default to none, and statuses stand in the tables of its mapping files. ``fault`` is the path to a
    fault's code.

    ``container`` is the part of ordinary answers that tells errors: its codes stand in the same lists. ``http`` are
    HTTP statuses with a meaning by themselves, under `ProtocolName.PLAIN_REST` alone.

    ``reasons`` are Persian texts for clerks, by the code of a rejection.
    """

    statuses: dict[_Word, Annotated[Meaning, Field(strict=False)]] = Field(default_factory=dict)
    not_acted_on: list[Code]
    busy: list[Code]
    expired: list[Code] | None = None
    schema_: list[Code] | None = Field(default=None, alias="schema")
    credentials: list[Code] | None = None
    fault: _Path | None = None
    container: ContainerSection | None = None
    http: dict[
        Annotated[str, Field(pattern=r"^[2-5][0-9]{2}$")],
        Annotated[list[Annotated[HttpWord, Field(strict=False)]], BeforeValidator(_words), Field(min_length=1)],
    ] = Field(default_factory=dict)
    reasons: dict[Code, Annotated[str, Field(min_length=1, max_length=500)]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _no_status_is_a_ticket(self) -> CodesSection:
        if pending := sorted(word for word, meaning in self.statuses.items() if meaning is Meaning.PENDING):
            raise ValueError(f"{pending[0]}: tickets are served by contracts that mapping files bind")
        return self

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

    @property
    def http_answers(self) -> frozenset[int]:
        """HTTP statuses whose answers are read although the contract does not describe them."""
        return frozenset(int(status) for status, words in self.http.items() if HttpWord.ANSWER in words)

    @property
    def http_faults(self) -> frozenset[int]:
        """HTTP statuses that are faults by themselves."""
        return frozenset(map(int, self.http)) - self.http_answers

    @property
    def _not_acted_on(self) -> frozenset[str]:
        return frozenset(self.not_acted_on) | self._by_status(HttpWord.NOT_ACTED_ON)

    def _by_status(self, word: HttpWord) -> frozenset[str]:
        return frozenset(f"http.{status}" for status, words in self.http.items() if word in words)

    def table(self, capabilities: Capabilities, *, usual: bool) -> CodeTable:
        """Return the code table. With ``usual``, our own contracts' codes fill in omitted ones."""
        known = USUAL_CODES if usual else CodeTable(expired=_NONE, schema=_NONE, credentials=_NONE)
        return CodeTable(
            statuses=self.statuses,
            not_acted_on=self._not_acted_on if capabilities.replay_check_first else _NONE,
            busy=frozenset(self.busy) | self._by_status(HttpWord.BUSY),
            expired=_or(self.expired, known.expired) | self._by_status(HttpWord.EXPIRED),
            schema=_or(self.schema_, known.schema) | self._by_status(HttpWord.SCHEMA),
            credentials=_or(self.credentials, known.credentials) | self._by_status(HttpWord.CREDENTIALS),
            reasons=self.reasons,
        )
