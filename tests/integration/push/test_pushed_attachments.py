"""Attachments of pushed rows: sealed with their paper, each time once, or refused with a reason that names them."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from adapters.crypto.keys.names import PUSH
from adapters.municipal.inbox_source import InboxSource
from adapters.shipped.resources import PUSH as CONTRACT
from adapters.storage.sql_store import SqlStore
from gateway.notice.notice import MAX_DOCUMENT_BYTES
from gateway.notice.source_row import Refusal
from gateway.runtime.errors import CATALOGUE
from tests.brought_attachments import PNG, REPORT, archived_documents, passes_of
from tests.manual_clock import ManualClock
from tests.mappers import case_mapper
from tests.passes.case_table import PDF

from .senders import RestSender, SoapSender, json_row, push_rows, soap_row
from .test_rest_push import fits, pushed

MAP = {"name": "map.png", "title": "نقشه ملک", "kind": "03", "media_type": "image/png"}
DOCUMENTS = [
    ("ruling.pdf", None, None, "application/pdf", PDF),
    ("map.png", "نقشه ملک", "03", "image/png", PNG),
    ("report.pdf", None, None, "application/pdf", REPORT),
]
ELEMENTS = {"name": "Name", "title": "Title", "kind": "Kind", "media_type": "MediaType", "digest": "Digest"}


def attachment(octets: bytes | str, **said: str) -> dict[str, str]:
    content = octets if isinstance(octets, str) else base64.b64encode(octets).decode()
    return {"name": "map.png", **said, "content": content}


TWO = [attachment(PNG, **MAP), attachment(REPORT, name="report.pdf")]


def attached(*attachments: dict[str, str], key: str = "1", version: int = 1, **changed: Any) -> dict[str, Any]:
    return {**json_row(key, version, **changed), "attachments": list(attachments)}


def soap_attached(*attachments: dict[str, str], key: str = "1", version: int = 1) -> etree._Element:
    row = soap_row(key, version)
    for each in attachments:
        element = etree.SubElement(row, f"{{{PUSH}}}Attachment")
        for name, text in each.items():
            etree.SubElement(element, f"{{{PUSH}}}{ELEMENTS.get(name, name.title())}").text = text
    return row


def refusals(store: SqlStore, source: str) -> list[Refusal]:
    return [each.refusal for each in store.refusals.page(source=source, code=None, limit=10, after=None)]


def test_attachments_by_rest_are_sealed_in_order_and_verified(
    portal: RestSender, store: SqlStore, clock: ManualClock, pki: Path, tmp_path: Path
) -> None:
    [taken] = pushed(portal.push(attached(*TWO)))
    assert taken["taking"] == "stored"
    passes = passes_of(store, InboxSource("portal", store.inbox), clock, pki)
    assert passes.collect().counts["admitted"] == 1
    passes.write_back()
    [result] = portal.results().json()["results"]
    assert (result["state"], result["code"]) == ("QUEUED", None)
    assert archived_documents(store, clock, pki, tmp_path / "archive") == [DOCUMENTS]


def test_attachments_by_soap_are_sealed_in_order_and_verified(
    registry: SoapSender, store: SqlStore, clock: ManualClock, pki: Path, tmp_path: Path
) -> None:
    body = push_rows([soap_attached(*TWO)])
    etree.XMLSchema(etree.parse(CONTRACT / "messages-1.xsd")).assertValid(body)
    [taken] = registry.call(body).items()
    assert taken["Taking"] == "STORED"
    passes = passes_of(store, InboxSource("registry", store.inbox), clock, pki)
    assert passes.collect().counts["admitted"] == 1
    assert archived_documents(store, clock, pki, tmp_path / "archive") == [DOCUMENTS]


def test_the_same_attachments_again_are_one_notice_and_others_another_text(
    portal: RestSender, store: SqlStore, clock: ManualClock
) -> None:
    passes = passes_of(store, InboxSource("portal", store.inbox), clock)
    assert [row["taking"] for row in pushed(portal.push(attached(*TWO), attached(*TWO)))] == ["stored", "repeated"]
    assert passes.collect().counts["admitted"] == 1
    # A null is nothing: the same row in other words.
    same = attached({**TWO[0]}, {**TWO[1], "title": None})  # type: ignore[dict-item]
    others = [attached(TWO[1], TWO[0]), attached(TWO[0]), attached(TWO[0], {**TWO[1], "title": "گزارش"})]
    taken = pushed(portal.push(same, *others, json_row("1")))
    assert [row["taking"] for row in taken] == ["repeated", *["refused"] * 4]
    assert {row["code"] for row in taken[1:]} == {"push.version-reused"}
    pushed(portal.push(attached(*TWO, version=2)))
    assert passes.collect().counts["refused"] == 0
    pushed(portal.push(attached(TWO[1], TWO[0], version=3)))
    assert passes.collect().counts["refused"] == 1
    assert [each.code for each in refusals(store, "portal")] == ["notice.changed"]
    assert len(store.notices.find(state=None, limit=10, after=None)) == 1


BIG = base64.b64encode(PNG + bytes(MAX_DOCUMENT_BYTES // 2)).decode()
AT_ONCE = {
    "no base64": ([TWO[0], attachment("%PDF!")], "push.document", "attachments.2"),
    "21 of them": ([attachment(PNG)] * 21, "document.too-many", "attachments"),
    "more than 7 MiB together": ([attachment(BIG)] * 2, "document.total", "attachments"),
}


@pytest.mark.parametrize(("attachments", "code", "detail"), AT_ONCE.values(), ids=AT_ONCE)
def test_attachments_that_cannot_be_kept_refuse_their_row_alone(
    portal: RestSender, registry: SoapSender, attachments: list[dict[str, str]], code: str, detail: str
) -> None:
    bad, good = pushed(portal.push(attached(*attachments), json_row("2")))
    assert (bad["taking"], bad["code"], bad["where"], bad["detail"]) == ("refused", code, "rows.0", detail)
    assert bad["title"] == CATALOGUE[code].en
    assert CATALOGUE[code].fa in bad["reason"]
    assert good["taking"] == "stored"
    if code != "document.total":  # beside a signature, two of them are more than a message may have
        bad, good = registry.call(push_rows([soap_attached(*attachments), soap_row("2")])).items()
        assert (bad["Taking"], bad["Code"], good["Taking"]) == ("REFUSED", code, "STORED")
        assert CATALOGUE[code].fa in bad["Reason"]
        assert bad["Reason"].endswith(f"({detail})")


JUDGED = {
    "20 beside the paper": ([attachment(PNG)] * 20, "document.too-many", "پیوست‌ها: "),
    "neither PDF nor picture": (
        [attachment(PNG), attachment(b"PK\3\4")],
        "document.media-type",
        "فایل پیوست، شماره ۲: ",
    ),
    "another form": ([attachment(REPORT, media_type="image/png")], "document.media-type", "قالب پیوست: "),
    "another content": (
        [attachment(PNG), attachment(PNG, digest="0" * 64)],
        "document.digest",
        "چکیده پیوست، شماره ۲: ",
    ),
    "a file that is empty": ([attachment(b"")], "document.missing", "فایل پیوست: "),
}


@pytest.mark.parametrize(("attachments", "code", "named"), JUDGED.values(), ids=JUDGED)
def test_attachments_are_judged_as_those_of_a_case_database(
    portal: RestSender, store: SqlStore, clock: ManualClock, attachments: list[dict[str, str]], code: str, named: str
) -> None:
    pushed(portal.push(attached(*attachments)))
    passes = passes_of(store, InboxSource("portal", store.inbox), clock)
    assert passes.collect().counts["refused"] == 1
    passes.write_back()
    [told] = fits("Results", portal.results().json())["results"]
    assert (told["state"], told["code"]) == ("REFUSED", code)
    assert told["reason"].startswith(f"{named}{CATALOGUE[code].fa}")


def test_a_mapping_that_reads_no_attachments_refuses_them_until_it_does(
    portal: RestSender, store: SqlStore, clock: ManualClock
) -> None:
    pushed(portal.push(attached(*TWO), json_row("2"), attached(key="3")))
    passes = passes_of(store, InboxSource("portal", store.inbox), clock)
    reading, passes.mappers = passes.mappers, None
    assert passes.collect().counts == {"collected": 3, "admitted": 2, "refused": 1}
    assert [(each.row_key, each.code, each.field) for each in refusals(store, "portal")] == [
        ("1", "document.unmapped", "attachments")
    ]
    passes.mappers = reading
    assert passes.collect().counts["admitted"] == 1, "no change of the row is needed"


def test_a_sender_of_before_goes_on(portal: RestSender, registry: SoapSender, store: SqlStore) -> None:
    """A row without attachments has the content that it always had, also under the name ``attachments``."""
    pushed(portal.push(json_row("1"), json_row("2", attachments="2 برگ")))
    registry.call(push_rows([soap_row("1")]))
    rows = {row.key: row for row in store.inbox.rows("portal", ["1", "2"])}
    assert "attachments" not in rows["1"].fields
    assert rows["2"].fields["attachments"] == "2 برگ"
    mapper = case_mapper(passes_of(store, InboxSource("portal", store.inbox), ManualClock()).bodies())
    assert [mapper.map(row).attachments for row in rows.values()] == [(), ()]
    assert [row["taking"] for row in pushed(portal.push(attached()))] == ["repeated"], "an empty list is none"
    [taken] = pushed(portal.push(attached(TWO[0], version=2, attachments="2 برگ")))
    assert (taken["code"], taken["detail"]) == ("push.field", "attachments twice")


BODIES = {
    "an attachment without a name": [{"content": ""}],
    "an attachment without content": [{"name": "map.png"}],
    "an attachment with an unknown part": [attachment(PNG, number="1")],
    "51 attachments": [attachment(PNG)] * 51,
    "an attachment of attachments": [{"name": "map.png", "content": "", "title": ["x"]}],
}


@pytest.mark.parametrize("attachments", BODIES.values(), ids=BODIES)
def test_attachments_that_are_not_what_the_contract_asks_for_refuse_the_request(
    portal: RestSender, store: SqlStore, attachments: list[Any]
) -> None:
    answer = portal.send(json.dumps({"rows": [attached(*attachments)]}).encode())
    assert answer.status_code == 400
    problem = fits("Problem", answer.json())
    assert (problem["code"], problem["where"].startswith("rows.0.attachments")) == ("push.request", True)
    assert store.inbox.marks("portal", 0, 10) == []


def test_a_file_of_an_attachment_is_in_no_message(registry: SoapSender) -> None:
    row = soap_attached({"name": "map.png", "file": "map.png"})
    [taken] = registry.call(push_rows([row])).items()
    assert (taken["Code"], taken["Reason"].endswith("(map.png)")) == ("file.document-missing", True)
