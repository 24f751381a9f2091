"""Schemas of messages to and from a judiciary: submissions, inquiries, responses and receipts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from gateway.judiciary.paging import PagingWay
from gateway.mapping.kinds.notice_schemas import NOTICE_SOURCE
from gateway.mapping.model.schema import Group, Leaf, in_xml
from gateway.mapping.model.scope import Scope
from gateway.mapping.model.values import Type
from gateway.notice.delivery_state import BY_RECEIPT
from gateway.notice.fields import InvalidField

_NAME = 200
"""Maximum length of an identifier in characters: a database index allows only some thousand octets."""

_MAX_WORDS: Final = 4000
"""Most characters that are kept of words for people: ``maxLength`` in `messages-1.schema.json`."""

_STANDINGS = frozenset({"ACCEPTED", "REJECTED", "NO_ACCOUNT", "UNKNOWN"})
_EVENTS = frozenset(event.value for event in BY_RECEIPT)


def _results(statuses: frozenset[str]) -> Group:
    members = {
        "reference": Leaf(note="may be left out where each call is about one notice: then it is the request's"),
        "status": Leaf(required=True, choices=statuses),
        "tracking_number": Leaf(max_length=_NAME),
        "code": Leaf(max_length=_NAME),
        "text": Leaf(max_length=2000),
        "retry_after_seconds": Leaf(type=Type.INTEGER),
    }
    return Group(members={"results": Group(members=members, many=True, required=False)})


_PENDING = "PENDING"


def _with_tickets(results: Group) -> Group:
    """Return results that may also say that a notice was taken for processing, with its ticket."""
    listed = results.members["results"]
    assert isinstance(listed, Group)
    status = listed.members["status"]
    assert isinstance(status, Leaf)
    choices = frozenset({*(status.choices or ()), _PENDING})
    members = {
        **listed.members,
        "status": replace(status, choices=choices),
        "ticket": Leaf(max_length=_NAME, note="with `PENDING`; under a profile with `[ticket]`"),
    }
    return replace(results, members={"results": replace(listed, members=members)})


def without_tickets(results: Group) -> Group:
    """Return outcomes or standings of a service that gives no tickets."""
    listed = results.members["results"]
    assert isinstance(listed, Group)
    status = listed.members["status"]
    assert isinstance(status, Leaf)
    members: dict[str, Leaf | Group] = {name: each for name, each in listed.members.items() if name != "ticket"}
    members["status"] = replace(status, choices=frozenset(status.choices or ()) - {_PENDING})
    return replace(results, members={"results": replace(listed, members=members)})


def by_reference(results: Group) -> Group:
    """Return outcomes or standings each of which must name its notice, since a call may be about several."""
    listed = results.members["results"]
    assert isinstance(listed, Group)
    members = {**listed.members, "reference": Leaf(required=True)}
    return replace(results, members={"results": replace(listed, members=members)})


def in_own_words(results: Group) -> Group:
    """Return outcomes or standings whose statuses are the judiciary's own words, which a profile's table explains.

    Statuses and texts are never refused, seconds in any number. Their characters are those that a database can hold.
    """
    listed = by_reference(results).members["results"]
    assert isinstance(listed, Group)
    as_is = {
        "status": Leaf(required=True, check=_text),
        "text": Leaf(check=_text),
        "retry_after_seconds": Leaf(type=Type.ANY, check=_seconds),
    }
    return replace(results, members={"results": replace(listed, members={**listed.members, **as_is})})


def _text(value: Any, _scope: Scope) -> str:
    if not isinstance(value, str):
        raise InvalidField("")
    return in_xml(value[:_MAX_WORDS])


def _seconds(value: Any, _scope: Scope) -> int:
    """Return a number of seconds, also of a text of digits (xs:nonNegativeInteger); of a longer one the first ten."""
    digits = value.strip().lstrip("+-0")[:10] or "0" if isinstance(value, str) else value
    if isinstance(digits, str) and digits.isascii() and digits.isdecimal():
        return int(digits)
    if not isinstance(digits, int) or isinstance(digits, bool):
        raise InvalidField("")
    return digits


SUBMISSION = Group(members={"notices": Group(members=NOTICE_SOURCE.members, many=True)})
"""Source of a submit message: one notice or several."""

OUTCOMES = _with_tickets(_results(_STANDINGS | {"DEFERRED"}))
"""Outcomes of the notices of one submission."""

STANDINGS = _with_tickets(_results(_STANDINGS | {"NOT_KNOWN"}))
"""Standings of the notices of one inquiry."""

TICKET = Group(members={"ticket": Leaf(required=True), "reference": Leaf(required=True)})
"""Source of a question about a ticket."""

TICKET_STANDING = _results(_STANDINGS | {"DEFERRED", "NOT_KNOWN", _PENDING})
"""Standing of a ticket. `NOT_KNOWN` is about the ticket; a ticket of several notices has a result for each."""

INQUIRY = Group(
    members={
        "notices": Group(
            members={"reference": Leaf(required=True), "tracking_number": Leaf(), "submitted_at": Leaf(type=Type.TIME)},
            many=True,
        )
    }
)
"""Source of an inquiry."""

NO_EVENT: Final = "NONE"
"""Word for a status that is no event yet: it makes no receipt."""

CALL = Group(members={"operation": Leaf(required=True, note="the contract's name of the operation")})
"""Source of a header block: the call that it stands in."""

LOGIN = Group(
    members={
        "username": Leaf(required=True, note="of [judiciary.login] of the configuration"),
        "password": Leaf(required=True, note="that of its password_file"),
    }
)
"""Source of a login: our user there."""

SESSION = Group(
    members={
        "token": Leaf(required=True, max_length=16_384),
        "ends_at": Leaf(
            type=Type.TIME, zoned=True, note="where the profile has no `lifetime_seconds`, this or the next one"
        ),
        "lifetime_seconds": Leaf(type=Type.INTEGER, note="from the request on"),
    }
)
"""Session that a login begins."""

RECEIPT = Group(
    members={
        "receipt_id": Leaf(max_length=_NAME),
        "reference": Leaf(required=True, max_length=_NAME),
        "tracking_number": Leaf(max_length=_NAME),
        "seal_digest": Leaf(max_length=_NAME),
        "event": Leaf(required=True, choices=_EVENTS),
        "event_time": Leaf(type=Type.TIME, zoned=True, required=True),
        "issued_at": Leaf(type=Type.TIME, zoned=True),
        "code": Leaf(),
    }
)
"""Receipt: an event of a notice, with its time. Without an id it is identified by notice, event and time."""

PAGE_REQUEST = Group(
    members={
        "cursor": Leaf(note='where `paging.by = "cursor"`; nothing, in the first request'),
        "limit": Leaf(type=Type.INTEGER, required=True),
        "page": Group(
            members={
                "number": Leaf(type=Type.INTEGER, note='where `paging.by` is `"number"` or `"day"`'),
                "offset": Leaf(type=Type.INTEGER, note='where `paging.by = "offset"`'),
                "day": Leaf(type=Type.DATE, note='where `paging.by = "day"`'),
                "until_day": Leaf(type=Type.DATE, note="the last day, included; with `day`"),
            },
            required=False,
        ),
    }
)
"""Source of a request for receipts: after a cursor, or of a page."""

_RECEIPTS = Group(members={"octets": Leaf(type=Type.OCTETS, required=True)}, many=True, alone=True, required=False)

PAGE = Group(
    members={
        "receipts": _RECEIPTS,
        "cursor": Leaf(note='where `paging.by = "cursor"`'),
        "more": Leaf(type=Type.BOOLEAN),
        "pages": Leaf(type=Type.INTEGER, note='how many pages there are; where `paging.by` is `"number"` or `"day"`'),
    }
)
"""Page of receipts: the signed octets of each, and the cursor after the last."""

_ASKED = {
    PagingWay.CURSOR: ("cursor",),
    PagingWay.NUMBER: ("number",),
    PagingWay.OFFSET: ("offset",),
    PagingWay.DAY: ("number", "day", "until_day"),
}
_ANSWERED = {
    PagingWay.CURSOR: ("cursor", "more"),
    PagingWay.NUMBER: ("more", "pages"),
    PagingWay.OFFSET: ("more",),
    PagingWay.DAY: ("more", "pages"),
}


def page_request_of(by: PagingWay) -> Group:
    """Return the source of a request for a page, under one way of paging."""
    page = PAGE_REQUEST.members["page"]
    assert isinstance(page, Group)
    asked = {name: leaf for name, leaf in page.members.items() if name in _ASKED[by]}
    members = {"limit": PAGE_REQUEST.members["limit"]}
    if by is PagingWay.CURSOR:
        return replace(PAGE_REQUEST, members=members | {"cursor": PAGE_REQUEST.members["cursor"]})
    return replace(PAGE_REQUEST, members=members | {"page": replace(page, members=asked)})


def page_under(by: PagingWay, page: Group = PAGE) -> Group:
    """Return the target of an answer with a page, under one way of paging."""
    told = {name for names in _ANSWERED.values() for name in names}
    kept = {name: each for name, each in page.members.items() if name not in told or name in _ANSWERED[by]}
    return replace(page, members=kept)


def with_empty_receipts(page: Group) -> Group:
    """Return the target of an answer with a page, each of whose receipts may be empty: its judge refuses it alone."""
    octets = Group(members={"octets": Leaf(type=Type.OCTETS)}, many=True, required=False, alone=True)
    return replace(page, members={**page.members, "receipts": octets})


POLL = Group(
    members={
        "notices": Group(members={"reference": Leaf(required=True), "tracking_number": Leaf()}, many=True),
    }
)
"""Source of a request for the receipts of these notices."""

POLLED = Group(members={"receipts": _RECEIPTS})
"""Receipts from a poll: the signed octets of each."""

_OF_REQUEST: Final = "may be left out where each call is about one notice: then it is the request's"

STATUSES = Group(
    members={
        "receipts": Group(
            members={
                "receipt_id": Leaf(max_length=_NAME),
                "reference": Leaf(max_length=_NAME, note=_OF_REQUEST),
                "tracking_number": Leaf(max_length=_NAME, note=_OF_REQUEST),
                "event": Leaf(required=True, choices=_EVENTS | {NO_EVENT}, note=f"{NO_EVENT}: nothing happened yet"),
                "event_time": Leaf(type=Type.TIME, zoned=True, note=f"needed with every event but {NO_EVENT}"),
            },
            many=True,
            alone=True,
            required=False,
        ),
        "cursor": Leaf(),
        "more": Leaf(type=Type.BOOLEAN),
        "pages": Leaf(type=Type.INTEGER),
    }
)
"""Events that an answer states itself, as a status with a date. `NO_EVENT` makes no receipt, and needs no time."""

ACCOUNT_QUESTION = Group(
    members={
        "persons": Group(members={"kind": Leaf(required=True), "identifier": Leaf(required=True)}, many=True),
    }
)
"""Source of a question whether persons have accounts in which notices can be served."""

ACCOUNTS = Group(
    members={"accounts": Group(members={"active": Leaf(type=Type.BOOLEAN, required=True)}, many=True, required=False)}
)
"""Accounts of the persons asked about, in their order."""

CONFIRMATION = Group(members={"receipts": Group(members={"receipt_id": Leaf(required=True)}, many=True)})
"""Source of a confirmation that receipts are stored."""

BROUGHT = Group(
    members={
        "receipts": Group(
            members={"octets": Leaf(type=Type.OCTETS, required=True), "receipt_id": Leaf()}, many=True, required=False
        )
    }
)
"""Receipts that a judiciary pushes: the signed octets of each, and its identifier in the message."""

TAKEN = Group(
    members={
        "receipts": Group(
            members={
                "number": Leaf(type=Type.INTEGER, required=True),
                "receipt_id": Leaf(),
                "digest": Leaf(required=True),
                "taken": Leaf(type=Type.BOOLEAN, required=True),
                "code": Leaf(),
            },
            many=True,
        )
    }
)
"""Source of the response to pushed receipts: each in order from 1, stored, or the reason why not."""
