"""Operations that mapping files bind, as a profile states them."""

from __future__ import annotations

from pydantic import Field

from adapters.settings.profile_folder import BundledFile
from adapters.settings.values import Section


class OperationSection(Section):
    """Binding of one operation.

    ``name`` is the operation's name in the WSDL, or its operationId. ``request`` and ``answer`` are mapping files of
    the folder. ``answer_action`` defaults to the request's action with ``Response`` behind it; over REST, to the
    request's ``op`` with that ending. ``request_schema`` and ``answer_schema`` name the schema of the JWS body, if the
    OpenAPI document does not describe it.
    """

    name: str = Field(min_length=1, max_length=200)
    request: BundledFile
    answer: BundledFile | None = None
    answer_action: str | None = Field(default=None, min_length=1, max_length=2000)
    request_schema: str | None = Field(default=None, min_length=1, max_length=200)
    answer_schema: str | None = Field(default=None, min_length=1, max_length=200)


class OperationsSection(Section):
    """Operations that mapping files bind.

    The capabilities choose one way of receipts: ``receipts`` (pages by a cursor), ``poll`` (of one notice or several)
    or ``push`` (the judiciary calls us). Without ``confirm``, only the cursor shows which receipts are stored.
    ``inquire`` is omitted if the service has no inquiry, ``ticket`` if a submission is never answered by a ticket.
    ``login`` gives the token of a session. ``account`` asks about persons, under our own contracts alone.
    """

    submit: OperationSection
    inquire: OperationSection | None = None
    ticket: OperationSection | None = None
    receipts: OperationSection | None = None
    poll: OperationSection | None = None
    push: OperationSection | None = None
    confirm: OperationSection | None = None
    login: OperationSection | None = None
    account: OperationSection | None = None
