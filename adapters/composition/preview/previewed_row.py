"""Preview of a mapping on real rows: notice, message and the schema's verdict, without a seal, a store or a network."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from lxml import etree

from adapters.crypto.message.soap_signing import SLOT, TextSlice
from adapters.crypto.xml.sealing import notice_element, unsealed_schema
from adapters.crypto.xml.strict_xml import canonical, conforms
from adapters.judiciary.call_context import call_about
from adapters.judiciary.mapped.contract import MappedContract
from adapters.judiciary.plain_rest.http_message import RestRequest
from adapters.shipped.resources import NOTICE_SCHEMA
from gateway.judiciary.courier import SealSlice
from gateway.mapping import RowRefused
from gateway.mapping.case_mapper import CaseMapper
from gateway.mapping.kinds.notice_schemas import shown_tree
from gateway.notice.large_octets import LargeValue, whole
from gateway.notice.notice import Notice, sha256
from gateway.notice.source_row import CaseRow, CaseSource, RowsUnreadable
from gateway.runtime.errors import GatewayError
from gateway.trust.trust_policy import Rejection

if TYPE_CHECKING:
    from adapters.composition.installation import Installation

_SHOWN = 60
_LONGEST_SHOWN = 2_000
"""Most characters that are shown whole: longer texts are documents, in base64, and only their beginning is shown."""

CONFORMS = "notice and message conform"


@dataclass(frozen=True, slots=True, kw_only=True)
class Previewed:
    """One row: its notice with the message as it is written, or the error that prevented it."""

    key: str
    notice: Notice | None = None
    message: str = ""
    error: GatewayError | None = None

    @property
    def is_good(self) -> bool:
        return self.error is None

    @property
    def data(self) -> dict[str, Any]:
        if self.error is not None:
            reason = self.error.reason if isinstance(self.error, RowRefused) else self.error.entry.fa
            return {"key": self.key, "code": self.error.code, "field": self.error.detail, "reason": reason}
        assert self.notice is not None
        return {"key": self.key, "notice": shown_tree(self.notice), "message": self.message, "verdict": CONFORMS}


def preview_rows(
    installation: Installation, source: CaseSource, mapper: CaseMapper, keys: Sequence[str] | None, limit: int
) -> Iterator[Previewed]:
    """Yield a preview of the rows of ``keys``, or of the first ``limit``. A key of no row is an error of its own."""
    wanted = list(keys or [mark.key for mark in source.marks(None, limit)])
    unseen = set(wanted)
    for each in previewed(installation, mapper, source.rows(wanted)):
        unseen.discard(each.key)
        yield each
    for key in wanted:
        if key in unseen:
            yield Previewed(key=key, error=GatewayError("mapping.no-row", where=source.name, detail=key))


def previewed(installation: Installation, mapper: CaseMapper, rows: Iterable[CaseRow]) -> Iterator[Previewed]:
    """Yield a preview of rows as they are read; each that its source cannot read is an error of its own."""
    message_of = message_judge(installation)

    def each() -> Iterator[Previewed]:
        try:
            for row in rows:
                yield _previewed(mapper, row, message_of)
        except RowsUnreadable as unread:
            for key in sorted(unread.keys):
                yield Previewed(key=key, error=unread)

    return each()


def _previewed(mapper: CaseMapper, row: CaseRow, message_of: Callable[[Notice], Any]) -> Previewed:
    try:
        notice = mapper.map(row)
        return Previewed(key=row.key, notice=notice, message=printed(message_of(notice)))
    except GatewayError as error:
        return Previewed(key=row.key, error=error)


def message_judge(installation: Installation) -> Callable[[Notice], Any]:
    """Return the maker of a notice's message by the profile in force, which checks both by their schemas.

    It raises `GatewayError` ``notice.schema``, ``notice.contract``.
    """
    of_notice, contract = unsealed_schema(NOTICE_SCHEMA), replace(installation.judiciary.binding, judged=True)

    def message_of(notice: Notice) -> Any:
        try:
            element = notice_element(notice)
            conforms(of_notice, element)
            return _mapped(contract, notice, element, installation.clock())
        except Rejection as misfit:
            raise GatewayError("notice.schema", where=misfit.where, detail=misfit.detail) from None
        except GatewayError as misfit:
            where = f"{misfit.where}: {misfit.detail}" if misfit.detail else misfit.where
            raise GatewayError("notice.contract", where=notice.reference, detail=where) from None

    return message_of


def _mapped(contract: MappedContract[Any], notice: Notice, element: etree._Element, now: datetime) -> Any:
    seals = [_unsealed(notice, element)]
    made = contract.submission(seals, contract.trial(call_about(now, [notice.reference])))
    message = made.content
    for slot in list(message.iter(SLOT)) if isinstance(message, etree._Element) else ():
        above, inside = slot.getparent(), made.slices[int(slot.get("n", ""))]
        assert above is not None
        if isinstance(inside, TextSlice):
            above.remove(slot)
            above.text = bytes(inside.octets).decode("ascii")
        else:
            above.replace(slot, element)
    return message


def _unsealed(notice: Notice, element: etree._Element) -> SealSlice:
    """Return the notice in the place of its seal: it lacks only the signature."""
    octets = canonical(element)
    return SealSlice(reference=notice.reference, octets=octets, digest=sha256(octets))


def printed(message: Any) -> str:
    """Return the message for a reader: indented, documents cut short."""
    if isinstance(message, RestRequest):
        head = [f"{message.method} {message.target}", *(f"{name}: {value}" for name, value in message.headers.items())]
        return "\n".join([*head, "", printed(json.loads(bytes(message.body)))] if message.body else head)
    if not isinstance(message, etree._Element):
        return json.dumps(_short(message), ensure_ascii=False, indent=2)
    shown = copy.deepcopy(message)
    for content in shown.iter("{*}*"):
        content.text = _short(content.text)
    etree.indent(shown)
    return etree.tostring(shown, encoding="unicode")


def _short(value: Any) -> Any:
    """Return a value of JSON, or a text, with long texts cut short."""
    value = whole(value) if isinstance(value, LargeValue) else value
    if isinstance(value, Mapping):
        return {name: _short(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_short(inner) for inner in value]
    if isinstance(value, str) and len(value) > _LONGEST_SHOWN:
        return f"{value[:_SHOWN]}… ({len(value)} characters)"
    return value
