"""What a mapping makes of real rows: notice, message and the schema's verdict, without a seal, a store or a network."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from adapters.cli.console import console, table
from adapters.crypto.sealing import notice_element, unsealed_schema
from adapters.crypto.xml import conforms, load_schema
from adapters.judiciary import contract
from adapters.resources import NOTICE_SCHEMA, PROFILES
from adapters.wiring import Installation
from gateway.courier import Operation, SealSlice
from gateway.errors import GatewayError
from gateway.mapping import RowRefused
from gateway.mapping.case_mapper import CaseMapper
from gateway.mapping.kinds.notice import notice_tree
from gateway.mapping.replay import flat
from gateway.notice import Notice
from gateway.source import CaseRow, CaseSource
from gateway.trust import Rejection

_SHOWN = 60
"""Characters of a document's base64 that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Previewed:
    """One row: its notice with the message's XML and the schemas' verdict, or the error that kept it from being one."""

    key: str
    notice: Notice | None = None
    message: str = ""
    verdict: str = ""
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
        tree = notice_tree(self.notice)
        tree["document"].pop("octets")
        return {"key": self.key, "notice": tree, "message": self.message, "verdict": self.verdict}


def preview_rows(
    installation: Installation, source: CaseSource, mapper: CaseMapper, keys: Sequence[str] | None, limit: int
) -> Iterator[Previewed]:
    """Yield what becomes of the rows of ``keys``, or of the first ``limit``. A key of no row is an error of its own."""
    wanted = list(keys or [mark.key for mark in source.marks(None, limit)])
    unseen = set(wanted)
    profile = PROFILES / "eblagh-1"
    schemas = unsealed_schema(NOTICE_SCHEMA), load_schema(profile / "messages-1.xsd")
    for row in source.rows(wanted):
        unseen.discard(row.key)
        yield _previewed(installation, mapper, row, *schemas)
    for key in wanted:
        if key in unseen:
            yield Previewed(key=key, error=GatewayError("mapping.no-row", where=source.name, detail=key))


def _previewed(
    installation: Installation,
    mapper: CaseMapper,
    row: CaseRow,
    of_notice: etree.XMLSchema,
    of_message: etree.XMLSchema,
) -> Previewed:
    try:
        notice = mapper.map(row)
        element = notice_element(notice)
        conforms(of_notice, element)
        seal = SealSlice(reference=notice.reference, octets=b"", digest=notice.document.digest)
        message = installation.binding.request(Operation.SUBMIT.value, **contract.submission_parts([seal]))
        (slot,) = message.iter("slot")
        parent = slot.getparent()
        assert parent is not None
        parent.replace(slot, element)
        conforms(of_message, message)
    except RowRefused as refused:
        return Previewed(key=row.key, error=refused)
    except Rejection as misfit:
        return Previewed(key=row.key, error=GatewayError("notice.schema", where=misfit.where, detail=misfit.detail))
    return Previewed(key=row.key, notice=notice, message=_printed(message), verdict="notice and message conform")


def _printed(message: etree._Element) -> str:
    """The message for a reader: indented, the document cut short."""
    shown = copy.deepcopy(message)
    for content in shown.iter("{*}Content"):
        text = content.text or ""
        content.text = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}… ({len(text)} characters)"
    etree.indent(shown)
    return etree.tostring(shown, encoding="unicode")


def show(previewed: Previewed) -> None:
    """Print one row's preview."""
    if previewed.error is not None:
        error = previewed.error
        console.print(f"[bold]row {previewed.key}[/]: [red]refused[/] {error.code} ({error.detail})", soft_wrap=True)
        reason = error.reason if isinstance(error, RowRefused) else f"{error.entry.fa} {error.entry.remedy_fa}"
        for line in reason.splitlines():
            console.print(f"  {line}", markup=False, soft_wrap=True)
        return
    assert previewed.notice is not None
    tree = notice_tree(previewed.notice)
    tree["document"].pop("octets")
    rows = table(f"row {previewed.key}", "target", "value")
    for path, value in flat(tree):
        rows.add_row(path, "–" if value is None else str(value))
    console.print(rows)
    console.print(previewed.message, markup=False, soft_wrap=True)
    console.print(f"[green]good[/]: {previewed.verdict}; the seal is made when the notice is admitted\n")
