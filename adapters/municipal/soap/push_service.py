"""The two operations: rows that spyne parsed go to the inbox, and its answers become the contract's elements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adapters.municipal.file_lines import Attachment, Encoded, Item, item_of, line_of, pushed
from adapters.municipal.soap import models
from adapters.soap.bridge import TypedService
from adapters.soap.spyne_six import rpc
from gateway.intake.push_result import PushTally, Way
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import CATALOGUE
from gateway.store.inbox import Envelope, Inbox, Plain, RowStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Context of one call: the message's source, its inbox, the message, and the counter of its rows."""

    source: str
    inbox: Inbox
    envelope: Envelope
    tally: PushTally

    def push(self, items: Sequence[Item]) -> list[Item]:
        now, envelope = self.envelope.received_at, self.envelope
        done = pushed(items, lambda rows: self.inbox.push(self.source, rows, origin="soap", now=now, envelope=envelope))
        self.tally.took(self.source, Way.SOAP, (item.taking for item in done))
        return done

    def told(self, after: int, limit: int) -> Sequence[RowStatus]:
        self.inbox.open_once(self.source, self.envelope)
        return self.inbox.told(self.source, after, limit)


class EblaghPush(TypedService):
    """Service of the contract. ``ctx.udc`` is the `Call`."""

    @rpc(models.PushRows, _returns=models.PushRowsResponse, _body_style="bare")
    def PushRows(ctx: Any, sent: Any) -> Any:
        items = [_item(row, f"Row {number}") for number, row in enumerate(sent.Row, start=1)]
        return models.PushRowsResponse(Taken=[_taken(item) for item in ctx.udc.push(items)])

    @rpc(models.FetchResults, _returns=models.FetchResultsResponse, _body_style="bare")
    def FetchResults(ctx: Any, asked: Any) -> Any:
        told = ctx.udc.told(asked.After, asked.Limit + 1)
        page = told[: asked.Limit]
        following = page[-1].change if page else asked.After
        results = [_result(each) for each in page]
        return models.FetchResultsResponse(Result=results, Next=following, More=len(told) > len(page))


def _item(row: Any, place: str) -> Item:
    fields = [(field.Name, field.Value or "") for field in row.Field or []]
    documents = [Encoded(name=each.Name, content=each.Content, file=each.File) for each in row.Document or []]
    attachments = [
        Attachment(
            name=each.Name,
            title=each.Title,
            kind=each.Kind,
            media_type=each.MediaType,
            digest=each.Digest,
            content=each.Content,
            file=each.File,
        )
        for each in row.Attachment or []
    ]
    return item_of(line_of(place, row.Key, str(row.Version), fields, documents, attachments))


def _taken(item: Item) -> models.Taken:
    told = models.Taken(Key=item.key, Version=item.version, Taking=item.taking.value.upper())
    if item.error is not None:
        entry = CATALOGUE[item.error.code]
        found = f" ({item.error.detail})" if item.error.detail else ""
        told.Code, told.Reason = item.error.code, f"{entry.fa} {entry.remedy_fa}{found}"
    return told


def _result(told: RowStatus) -> models.Result:
    return models.Result(
        Key=told.key,
        Version=told.version,
        Change=told.change,
        Reference=told.reference,
        State=told.state,
        Seq=told.seq,
        Code=told.code,
        Reason=told.reason,
        TrackingNumber=told.tracking_number,
        DeliveredAt=_time(told.delivered_at),
        ViewedAt=_time(told.viewed_at),
        ServiceDate=told.service_date,
        Effect=told.effect,
        UpdatedAt=_time(told.updated_at),
        Field=[models.Field(Name=name, Value=_text(value)) for name, value in (told.fields or {}).items()] or None,
    )


def _text(value: Plain) -> str:
    """Return a field's value as text; an empty text for None."""
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else timestamp(moment)
