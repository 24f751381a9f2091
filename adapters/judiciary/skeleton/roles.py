"""Roles of a contract's operations, guessed by their names; a person may name them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from adapters.judiciary.skeleton.survey import Role, Survey
from gateway.judiciary.capabilities import ReceiptWay
from gateway.judiciary.paging import PagingWay
from gateway.mapping.model.schema import Group, leaves

_WORDS: Final[Mapping[Role, Mapping[str, int]]] = {
    Role.SUBMIT: {"submit": 5, "send": 5, "register": 5, "serve": 4, "deliver": 3, "sabt": 4, "ersal": 5, "create": 3,
                  "post": 2, "put": 2, "add": 2, "new": 1},
    Role.INQUIRE: {"inquire": 6, "inquiry": 6, "estelam": 6, "find": 5, "where": 5, "search": 4, "lookup": 4,
                   "track": 3, "peygiri": 4, "status": 2, "state": 2, "get": 1, "read": 1},
    Role.RECEIPTS: {"receipt": 7, "receipts": 7, "resid": 6, "rasid": 6, "slip": 5, "slips": 5, "event": 4,
                    "events": 4, "list": 3, "next": 3, "status": 3, "fetch": 3, "history": 2, "state": 2},
    Role.LOGIN: {"login": 8, "logon": 8, "signin": 8, "authenticate": 7, "vorud": 7, "token": 6, "session": 6},
    Role.TICKET: {"ticket": 8, "tickets": 8, "followup": 6, "job": 5, "progress": 5},
}  # fmt: skip
_NOT: Final[Mapping[Role, frozenset[str]]] = {
    Role.SUBMIT: frozenset({"receipt", "receipts", "login", "token", "session"}),
    Role.INQUIRE: frozenset({"receipts", "login", "token", "session", "ping"}),
    Role.RECEIPTS: frozenset({"confirm", "ack", "acknowledge", "login", "token", "send", "register", "submit", "find"}),
    Role.LOGIN: frozenset({"logout", "close", "end", "delete", "refresh", "renew", "check", "ping", "ticket"}),
    Role.TICKET: frozenset({"create", "new", "post", "send", "register", "submit", "login", "cancel", "receipts"}),
}
LOGIN: Final = re.compile(r"log.?(in|on|out)|sign.?in(?!g)|token|session|ticket", re.IGNORECASE)
_SIZES: Final = frozenset({"size", "limit", "count", "length", "per"})
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """Operations by role. ``guessed`` are roles that nobody named."""

    by_role: Mapping[Role, str]
    guessed: frozenset[Role]


def roles_of(survey: Survey, named: Mapping[Role, str]) -> Roles:
    """Return the operation of each role: the ``named`` ones, and guesses. Raises ``profile.contract`` for no such name.

    A role for which no name speaks stays without an operation, but one operation always submits. A login is no guess
    where the contract says that tokens come by OAuth2.
    """
    found = {role: survey.operation(name).name for role, name in named.items()}
    left = [each.name for each in survey.operations if each.name not in found.values()]
    guessed = set[Role]()
    open_ = [role for role in Role if role is not Role.LOGIN or survey.demands.oauth2_scopes is None]
    scores = sorted(
        ((_score(role, name), role.value, name) for role in open_ if role not in found for name in left),
        key=lambda each: -each[0],
    )
    for score, value, name in scores:
        role = Role(value)
        if score > 0 and role not in found and name not in found.values():
            found[role] = name
            guessed.add(role)
    if Role.SUBMIT not in found:
        found[Role.SUBMIT] = next((name for name in left if name not in found.values()), survey.operations[0].name)
        guessed.add(Role.SUBMIT)
    return Roles(by_role=found, guessed=frozenset(guessed))


def _score(role: Role, name: str) -> int:
    words = {word.lower() for word in (*_WORD.findall(name), name)}  # LogIn is login, too
    return 0 if words & _NOT[role] else sum(_WORDS[role].get(word, 0) for word in words)


def way_of_receipts(request: Group) -> tuple[ReceiptWay, PagingWay]:
    """Return how receipts are asked for, by the names in the request: of a notice, or of pages."""
    names = [{word.lower() for word in _WORD.findall(path[-1])} for path, _ in leaves(request)]
    words = {word for name in names for word in name if word != "page" or name.isdisjoint(_SIZES)}
    if words & {"day", "date", "since", "until"}:
        return ReceiptWay.CURSOR, PagingWay.DAY
    if "offset" in words or "skip" in words:
        return ReceiptWay.CURSOR, PagingWay.OFFSET
    if "page" in words:
        return ReceiptWay.CURSOR, PagingWay.NUMBER
    if words & {"after", "cursor", "last", "from"}:
        return ReceiptWay.CURSOR, PagingWay.CURSOR
    return ReceiptWay.POLL, PagingWay.CURSOR
