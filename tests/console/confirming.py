"""Acts in the console: the preview of one, its record as the page shows it, and its confirmation."""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass
from typing import Any

from werkzeug.test import TestResponse

from adapters.composition.installation import Installation
from gateway.record.evidence_record import EvidenceKind
from gateway.store.stored import EvidenceRow
from tests.console.signed_in import Visitor

_FIELD = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
_SEEN = re.compile("".join(f'<input type="hidden" name="{name}" value="([^"]*)">' for name in ("seq", "held", "hold")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Page that shows an act: the address and the fields of its form, and the record that it shows."""

    page: str
    address: str
    fields: dict[str, str]
    octets: bytes
    record: str

    def confirm(self, visitor: Visitor, **others: str) -> TestResponse:
        """Send the form of the page; ``others`` are sent in the place of its fields."""
        return visitor.post(self.address, **{**self.fields, **others})


def seen(page: str) -> dict[str, str]:
    """Return the fields of a form that say how its page shows the notice."""
    found = _SEEN.search(page)
    assert found is not None
    return {"seq": found[1], "held": found[2], "hold": html.unescape(found[3])}


def preview(visitor: Visitor, address: str, **fields: Any) -> Shown:
    """Choose an act, and return the page that shows it."""
    answer = visitor.post(address, **fields)
    assert answer.status_code == 200, answer.text[-3000:]
    page = answer.text.partition("<main")[2]
    record = re.search(r'<bdi class="code" dir="ltr">(act:[^<]+)</bdi>', page)
    octets = re.search(r"<pre[^>]*>(.*?)</pre>", page, re.DOTALL)
    assert record is not None
    assert octets is not None
    sent = {html.unescape(name): html.unescape(value) for name, value in _FIELD.findall(page)}
    return Shown(
        page=page,
        address=address,
        fields=sent,
        octets=html.unescape(octets[1]).encode(),
        record=html.unescape(record[1]),
    )


def records(installation: Installation, reference: str) -> list[EvidenceRow]:
    """Return the records of acts on a notice; openings of its page are not among them."""
    rows = installation.store().evidence.of_notice(reference)
    return [row for row in rows if row.kind == EvidenceKind.PERSON_ACT and row.id.startswith("act:queue.")]


def assert_recorded_as_shown(installation: Installation, shown: Shown) -> None:
    """The record stands under the id that was shown, with the octets that were shown; its time alone is another."""
    store = installation.store()
    row = store.evidence.record(shown.record)
    assert row is not None
    written = store.evidence.payload(row.payload_digest)
    at, then = (json.loads(octets).pop("at") for octets in (shown.octets, written))
    assert at != then
    assert shown.octets.replace(at.encode(), then.encode()) == written
