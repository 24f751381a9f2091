"""All kinds of mapping by name."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.mapping.kinds.call_context import (
    CONFIGURED,
    OF_ANSWER,
    OF_ANSWER_ABOUT,
    OF_ANSWER_TO_POLL,
    OF_LOGIN,
    OF_REQUEST,
    Context,
)
from gateway.mapping.kinds.exchange_schemas import (
    ACCOUNT_QUESTION,
    ACCOUNTS,
    BROUGHT,
    CALL,
    CONFIRMATION,
    INQUIRY,
    LOGIN,
    OUTCOMES,
    PAGE,
    PAGE_REQUEST,
    POLL,
    POLLED,
    RECEIPT,
    SESSION,
    STANDINGS,
    STATUSES,
    SUBMISSION,
    TAKEN,
    TICKET,
    TICKET_STANDING,
)
from gateway.mapping.kinds.notice_schemas import NOTICE
from gateway.mapping.kinds.result import COLUMNS, RESULT
from gateway.mapping.model.kind import MESSAGE_CODES, RESULT_CODES, ROW_CODES, Kind
from gateway.mapping.model.schema import OPEN, Group

ROW_TO_NOTICE = Kind(
    name="row-to-notice",
    says="a row of a case database becomes a notice",
    source=OPEN,
    target=NOTICE,
    codes=ROW_CODES,
    areas=("recipient", "notice", "document"),
    reads_columns=True,
)

RESULT_TO_ROW = Kind(
    name="result-to-row",
    says="what became of a notice, or of a row, becomes columns or fields of the row",
    source=RESULT,
    target=COLUMNS,
    codes=RESULT_CODES,
    areas=("result",),
    writes_columns=True,
)


def _exchange(name: str, says: str, source: Group, target: Group, context: Context | None = None) -> Kind:
    return Kind(
        name=name,
        says=says,
        source=source,
        target=target,
        codes=MESSAGE_CODES,
        areas=("mapped",),
        reads_message=source is OPEN,
        context=context or {},
    )


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        ROW_TO_NOTICE,
        RESULT_TO_ROW,
        _exchange(
            "notice-to-message", "notices become a message that submits them", SUBMISSION, OPEN, context=OF_REQUEST
        ),
        _exchange(
            "answer-to-outcome",
            "the answer to a submission becomes an outcome for each notice",
            OPEN,
            OUTCOMES,
            context=OF_ANSWER_ABOUT,
        ),
        _exchange("call-to-header", "a call becomes the header block of its message", CALL, OPEN, context=OF_REQUEST),
        _exchange("login-to-message", "our user becomes a message that logs in", LOGIN, OPEN, context=OF_LOGIN),
        _exchange(
            "answer-to-session", "the answer to that becomes a token with its end", OPEN, SESSION, context=OF_ANSWER
        ),
        _exchange("receipt-to-event", "a receipt becomes an event of a notice", OPEN, RECEIPT),
        _exchange(
            "inquiry-to-message",
            "notices that are asked about become a message that asks",
            INQUIRY,
            OPEN,
            context=OF_REQUEST,
        ),
        _exchange(
            "answer-to-standing",
            "the answer to an inquiry becomes a standing for each notice",
            OPEN,
            STANDINGS,
            context=OF_ANSWER_ABOUT,
        ),
        _exchange(
            "ticket-to-message",
            "a ticket that is asked about becomes a message that asks",
            TICKET,
            OPEN,
            context=OF_REQUEST,
        ),
        _exchange(
            "answer-to-ticket",
            "the answer to that becomes the standing of the ticket's notice",
            OPEN,
            TICKET_STANDING,
            context=OF_ANSWER_ABOUT,
        ),
        _exchange(
            "page-to-message",
            "the wish for receipts after a cursor becomes a message",
            PAGE_REQUEST,
            OPEN,
            context=OF_REQUEST,
        ),
        _exchange(
            "answer-to-page",
            "the answer to that becomes receipts, still signed, and a cursor",
            OPEN,
            PAGE,
            context=OF_ANSWER,
        ),
        _exchange(
            "push-to-receipts", "receipts that a judiciary brings by itself become such, still signed", OPEN, BROUGHT
        ),
        _exchange(
            "taken-to-message",
            "what became of those becomes the answer to whoever brought them",
            TAKEN,
            OPEN,
            context=CONFIGURED,
        ),
        _exchange(
            "poll-to-message",
            "notices whose receipts are wanted become a message that asks",
            POLL,
            OPEN,
            context=OF_REQUEST,
        ),
        _exchange(
            "answer-to-receipts",
            "the answer to that becomes receipts, still signed",
            OPEN,
            POLLED,
            context=OF_ANSWER_TO_POLL,
        ),
        _exchange(
            "answer-to-status",
            "an answer becomes the events that it states by itself",
            OPEN,
            STATUSES,
            context=OF_ANSWER_TO_POLL,
        ),
        _exchange(
            "confirmation-to-message",
            "receipts that are stored become a message",
            CONFIRMATION,
            OPEN,
            context=OF_REQUEST,
        ),
        _exchange(
            "account-to-message",
            "persons that are asked about become a message that asks; under our own contracts alone",
            ACCOUNT_QUESTION,
            OPEN,
            context=OF_REQUEST,
        ),
        _exchange(
            "answer-to-account",
            "the answer to that becomes their accounts",
            OPEN,
            ACCOUNTS,
            context=OF_ANSWER,
        ),
    )
}
