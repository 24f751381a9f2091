"""SOAP: a signed message is acted on once, its rows each once; everything that comes back is signed."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from lxml import etree

from adapters.crypto.keys.keys import Signer
from adapters.crypto.keys.names import PUSH
from adapters.municipal.inbox_source import InboxSource
from adapters.municipal.soap import models
from adapters.municipal.soap.push_service import EblaghPush
from adapters.municipal.soap.source_endpoint import Behind
from adapters.shipped.resources import PUSH as CONTRACT
from adapters.soap.bridge import SpyneBridge
from adapters.storage.sql_store import SqlStore
from gateway.intake.push_result import Way
from gateway.notice.source_row import Result
from gateway.quarantine import quarantine
from gateway.runtime.errors import GatewayError
from gateway.store.inbox import Taking
from gateway.store.stored import Changes, QuarantineKind
from tests.conformance.test_source import delivered
from tests.manual_clock import ManualClock
from tests.own_results import STATE, own_mapper
from tests.passes.case_table import PDF
from tests.unit.crypto.samples import signer
from tests.unit.test_spyne_contract import messages

from .senders import HEADERS, SoapSender, fetch_results, push_rows, soap_row

XS = "{http://www.w3.org/2001/XMLSchema}"


def test_rows_are_kept_and_become_rows_of_the_source(registry: SoapSender, store: SqlStore) -> None:
    reply = registry.call(push_rows([soap_row("1"), soap_row("2", document="PDF!"), soap_row("3")]))
    taken = reply.items()
    assert [(row["Key"], row["Taking"], row.get("Code")) for row in taken] == [
        ("1", "STORED", None),
        ("2", "REFUSED", "push.document"),
        ("3", "STORED", None),
    ]
    assert "base64" in taken[1]["Reason"]
    source = InboxSource("registry", store.inbox)
    first, third = source.rows([mark.key for mark in source.marks(None, 10)])
    assert (first.key, first.fields["subject"], first.fields["document"]) == ("1", "ابلاغ رأی", PDF)
    assert third.key == "3"


def test_an_answer_fits_the_schema(registry: SoapSender, store: SqlStore) -> None:
    schema = etree.XMLSchema(etree.parse(CONTRACT / "messages-1.xsd"))
    schema.assertValid(registry.call(push_rows([soap_row("1"), soap_row("2", document="!")])).body)
    tell(store, "1")
    schema.assertValid(registry.call(fetch_results(0)).body)
    schema.assertValid(registry.call(fetch_results(7)).body)


def tell(store: SqlStore, *keys: str) -> None:
    result: dict[str, Any] = dict.fromkeys(Result.__dataclass_fields__)
    results = [Result(**{**result, "row_key": k, "reference": f"EB-{k}", "state": "QUEUED", "seq": 0}) for k in keys]
    InboxSource("registry", store.inbox).write_results(results)


def test_what_the_senders_own_mapping_makes_stands_beside_what_every_sender_is_told(
    registry: SoapSender, store: SqlStore
) -> None:
    registry.call(push_rows([soap_row("1"), soap_row("2")]))
    own = own_mapper().result(delivered("1"), datetime(2026, 2, 3, 8, tzinfo=UTC))
    InboxSource("registry", store.inbox).write_results([replace(delivered("1"), own=own), delivered("2")])
    body = registry.call(fetch_results(0)).body
    etree.XMLSchema(etree.parse(CONTRACT / "messages-1.xsd")).assertValid(body)
    first, second = body.findall(f"{{{PUSH}}}Result")
    reported = {
        f.findtext(f"{{{PUSH}}}Name"): f.findtext(f"{{{PUSH}}}Value") for f in first.findall(f"{{{PUSH}}}Field")
    }
    assert list(reported) == list(own.values)
    assert (reported[STATE], reported["steps"], reported["served_on"]) == ("ابلاغ شد", "3", "2026-02-03")
    assert (reported["arrived_at"], second.find(f"{{{PUSH}}}Field")) == ("2026-02-03T08:00:00.250000Z", None)


def test_results_are_read_behind_a_change(registry: SoapSender, store: SqlStore) -> None:
    registry.call(push_rows([soap_row(key) for key in ("1", "2", "3")]))
    tell(store, "1", "2", "3")
    page = registry.call(fetch_results(0, 2))
    assert [(r["Key"], r["Change"], r["Reference"]) for r in page.items()] == [("1", "1", "EB-1"), ("2", "2", "EB-2")]
    assert [page.body.findtext(f"{{{PUSH}}}{name}") for name in ("Next", "More")] == ["2", "true"]
    rest = registry.call(fetch_results(2, 2))
    assert [r["Key"] for r in rest.items()] == ["3"]
    assert [rest.body.findtext(f"{{{PUSH}}}{name}") for name in ("Next", "More")] == ["3", "false"]


@pytest.mark.parametrize("body", [push_rows([soap_row("1")]), fetch_results(0)], ids=["push", "fetch"])
def test_a_message_is_acted_on_once(registry: SoapSender, store: SqlStore, body: etree._Element) -> None:
    octets = registry.message(body)
    assert registry.send(octets).status == 200
    again = registry.send(octets)
    assert (again.status, again.code) == (500, "verify.replay")
    assert store.quarantine.page(code=None, limit=9, after=None) == []  # it was taken in: there is nothing to look at


def test_what_is_refused_is_kept_raw_once_with_its_evidence(registry: SoapSender, store: SqlStore) -> None:
    octets = registry.message(push_rows([soap_row("1")])).replace(b">1<", b">2<", 1)
    for _ in range(2):
        assert registry.send(octets).code == "verify.digest"
    [item] = store.quarantine.page(code=None, limit=9, after=None)
    assert (item.kind, item.origin, item.code) == (QuarantineKind.MESSAGE, "registry", "verify.digest")
    assert store.evidence.payloads([item.payload_digest])[item.payload_digest] == octets
    [leaf] = store.log.leaves(0, store.log.place(10))
    assert json.loads(leaf.header)["context"] == {"refused": "verify.digest"}


def test_there_is_room_for_so_many_of_so_many_octets(
    registry: SoapSender, store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(quarantine.MOST, QuarantineKind.MESSAGE, 2)
    for _ in range(3):
        assert registry.send(registry.message(push_rows([]))).code == "verify.schema"
    assert store.quarantine.size(QuarantineKind.MESSAGE) == 2
    monkeypatch.setattr(quarantine, "MAX_BYTES", 10)
    monkeypatch.setitem(quarantine.MOST, QuarantineKind.MESSAGE, 9)
    assert registry.send(registry.message(push_rows([]))).code == "verify.schema"
    assert store.quarantine.size(QuarantineKind.MESSAGE) == 2


def test_a_refusal_is_answered_whatever_becomes_of_its_note(
    registry: SoapSender, store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SqlStore, "commit", _away)
    assert registry.send(registry.message(push_rows([]))).code == "verify.schema"
    assert store.quarantine.size(QuarantineKind.MESSAGE) == 0


def _away(_: SqlStore, changes: Changes) -> None:
    raise GatewayError("store.unavailable")


def test_rows_and_refusals_are_counted(registry: SoapSender, behind: Behind) -> None:
    registry.call(push_rows([soap_row("1"), soap_row("2")]))
    registry.call(push_rows([soap_row("1")]))
    registry.call(push_rows([]))
    rows = {taking: count for (_, _, taking), count in behind.tally.rows().items()}
    assert rows == {Taking.STORED: 2, Taking.REPEATED: 1}
    assert behind.tally.refusals() == {("registry", Way.SOAP, "verify.schema"): 1}


def test_the_same_rows_may_come_in_another_message(registry: SoapSender) -> None:
    for taking in ("STORED", "REPEATED"):
        assert [row["Taking"] for row in registry.call(push_rows([soap_row("1")])).items()] == [taking]


def test_what_comes_late_is_refused(registry: SoapSender, clock: ManualClock) -> None:
    octets = registry.message(push_rows([soap_row("1")]))
    clock.advance(minutes=7)
    assert registry.send(octets).code == "verify.stale"


@pytest.mark.parametrize(
    "addressing", [{"to": "http://elsewhere.example/soap/registry"}, {"action": f"{PUSH}:FetchResults"}], ids=str
)
def test_what_is_meant_for_another_is_refused(registry: SoapSender, addressing: dict[str, str]) -> None:
    assert registry.send(registry.message(push_rows([soap_row("1")]), **addressing)).code == "verify.addressing"


def test_a_strangers_message_is_refused(registry: SoapSender, pki: Path, store: SqlStore) -> None:
    own: Signer = registry.signer
    registry.signer = signer(pki, "judiciary", "receipts")
    assert registry.send(registry.message(push_rows([soap_row("1")]))).code == "verify.unknown-certificate"
    registry.signer = own
    assert store.inbox.marks("registry", 0, 1) == []


def _renamed() -> etree._Element:
    body = push_rows([soap_row("1")])
    body[0][0].tag = f"{{{PUSH}}}Other"
    return body


SHAPES = {
    "no rows": push_rows([]),
    "an element that is none": _renamed(),
    "a version below nothing": push_rows([soap_row("1", version=-1)]),
    "a key of nothing": push_rows([soap_row("")]),
    "a text beyond measure": push_rows([soap_row("1", subject="x" * 20_001)]),
    "501 rows": push_rows([soap_row("1", document="") for _ in range(501)]),
}


@pytest.mark.parametrize("body", SHAPES.values(), ids=SHAPES)
def test_what_the_schema_forbids_is_refused(registry: SoapSender, store: SqlStore, body: etree._Element) -> None:
    assert registry.call(body).code in ("verify.schema", "verify.too-complex")
    assert store.inbox.marks("registry", 0, 1) == []


def test_a_file_beside_a_message_is_not_there(registry: SoapSender) -> None:
    row = soap_row("1")
    row[-1][-1].tag = f"{{{PUSH}}}File"
    assert [each["Code"] for each in registry.call(push_rows([row])).items()] == ["file.document-missing"]


@pytest.mark.parametrize("kind", ["application/soap+xml", "multipart/related", "text/xml; charset=utf-16"])
def test_another_form_is_refused_unread(registry: SoapSender, kind: str) -> None:
    assert requests.post(registry.address, data=b"<a/>", headers={"Content-Type": kind}).status_code == 415


def test_the_contract_is_served_and_nothing_else(registry: SoapSender, base: str) -> None:
    assert requests.get(f"{registry.address}?wsdl").content == (CONTRACT / "service.wsdl").read_bytes()
    assert requests.get(f"{base}/soap/messages-1.xsd").content == (CONTRACT / "messages-1.xsd").read_bytes()
    assert requests.get(registry.address).status_code == 404
    assert requests.post(f"{base}/soap/nobody", data=b"", headers=HEADERS).status_code == 404


# spyne's models say what the published contract says.


def test_operations_and_their_elements_are_those_of_the_wsdl() -> None:
    generator = SpyneBridge(EblaghPush, PUSH).app.interface.docs.wsdl11
    generator.build_interface_document("http://127.0.0.1/soap")
    published = messages(etree.parse(CONTRACT / "service.wsdl").getroot())
    assert messages(etree.fromstring(generator.get_interface_document())) == published
    assert len(published) == 2


OPERATIONS = ("PushRows", "PushRowsResponse", "FetchResults", "FetchResultsResponse")


@pytest.mark.parametrize("name", [*OPERATIONS, "Row", "Field", "Document", "Taken", "Result"])
def test_each_model_has_the_children_that_the_schema_gives_it(name: str) -> None:
    model = getattr(models, name)
    root = etree.parse(CONTRACT / "messages-1.xsd").getroot()
    declared = root.find(f"{XS}element[@name='{name}']/{XS}complexType")
    node = root.find(f"{XS}complexType[@name='{name}']") if declared is None else declared
    published = {
        element.get("name"): (
            0 if element.getparent().tag == f"{XS}choice" else int(element.get("minOccurs", 1)),
            int(element.get("maxOccurs", 1)),
        )
        for group in node.iter(f"{XS}sequence", f"{XS}choice")
        for element in group.findall(f"{XS}element")
    }
    modelled = {
        child: (int(member.Attributes.min_occurs), int(member.Attributes.max_occurs))
        for child, member in model.get_flat_type_info(model).items()
    }
    assert (model.get_namespace(), modelled) == (PUSH, published)
