"""What is said to a judiciary and what it says: answers, receipts and inquiries, in the gateway's own words."""

from __future__ import annotations

from gateway.mapping.kinds.notice import NOTICE_SOURCE
from gateway.mapping.model.schema import Group, Leaf
from gateway.mapping.model.values import Type
from gateway.notice.delivery import DeliveryEvent

_NAME = 200
"""Characters of what names something: a database's index bears no more than some thousand octets."""

_STANDINGS = frozenset({"ACCEPTED", "REJECTED", "NO_ACCOUNT", "UNKNOWN"})
_EVENTS = frozenset(
    event.value
    for event in (
        DeliveryEvent.CONTENT_CONSIGNMENT,
        DeliveryEvent.CONTENT_CONSIGNMENT_FAILURE,
        DeliveryEvent.CONTENT_HANDOVER,
    )
)


def _results(statuses: frozenset[str]) -> Group:
    members = {
        "reference": Leaf(required=True),
        "status": Leaf(required=True, choices=statuses),
        "tracking_number": Leaf(),
        "code": Leaf(),
        "text": Leaf(max_length=2000),
        "retry_after_seconds": Leaf(type=Type.INTEGER),
    }
    return Group(members={"results": Group(members=members, many=True, required=False)})


SUBMISSION = Group(members={"notices": Group(members=NOTICE_SOURCE.members, many=True)})
"""The source of a submit message: one notice or several."""

OUTCOMES = _results(_STANDINGS | {"DEFERRED"})
"""What became of the notices of one submission."""

STANDINGS = _results(_STANDINGS | {"NOT_KNOWN"})
"""Where the notices of one inquiry stand."""

INQUIRY = Group(
    members={
        "notices": Group(
            members={"reference": Leaf(required=True), "tracking_number": Leaf(), "submitted_at": Leaf(type=Type.TIME)},
            many=True,
        )
    }
)
"""The source of an inquiry."""

RECEIPT = Group(
    members={
        "receipt_id": Leaf(required=True, max_length=_NAME),
        "reference": Leaf(required=True, max_length=_NAME),
        "tracking_number": Leaf(max_length=_NAME),
        "seal_digest": Leaf(max_length=_NAME),
        "event": Leaf(required=True, choices=_EVENTS),
        "event_time": Leaf(type=Type.TIME, required=True),
        "issued_at": Leaf(type=Type.TIME),
        "code": Leaf(),
    }
)
"""One receipt: what happened to a notice, and when."""

PAGE_REQUEST = Group(members={"cursor": Leaf(), "limit": Leaf(type=Type.INTEGER, required=True)})
"""The source of a request for receipts: those after a cursor (the first time there is none)."""

PAGE = Group(
    members={
        "receipts": Group(members={"octets": Leaf(type=Type.OCTETS, required=True)}, many=True, required=False),
        "cursor": Leaf(),
        "more": Leaf(type=Type.BOOLEAN),
    }
)
"""A page of receipts: each one's octets as it was signed, and the cursor after the last."""

POLL = Group(
    members={
        "notices": Group(members={"reference": Leaf(required=True), "tracking_number": Leaf()}, many=True),
    }
)
"""The source of a request for the receipts of these notices."""

POLLED = Group(
    members={"receipts": Group(members={"octets": Leaf(type=Type.OCTETS, required=True)}, many=True, required=False)}
)
"""The receipts of those: each one's octets as it was signed."""

CONFIRMATION = Group(members={"receipts": Group(members={"receipt_id": Leaf(required=True)}, many=True)})
"""The source of a confirmation: these receipts are stored."""

BROUGHT = Group(
    members={
        "receipts": Group(
            members={"octets": Leaf(type=Type.OCTETS, required=True), "receipt_id": Leaf()}, many=True, required=False
        )
    }
)
"""Receipts that a judiciary brings by itself: each one's octets as it was signed, and what the message calls it."""

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
"""The source of the answer to that: of each receipt, in their order from 1, whether it is stored, or why it is not."""
