"""Receipts that are JWS: judged online by the pinned certificates, and offline by the auditor's pins."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from adapters.crypto.keys.keys import Signer
from adapters.crypto.keys.partner import load_partner
from adapters.crypto.message.jws import compact, encode
from adapters.crypto.message.jws_document import JwsDocumentVerifier
from adapters.crypto.schema.message_schema import MessageSchema
from adapters.evidence.verify_page import commands_of
from adapters.judiciary.mapped.receipts.jws_receipt_judge import JwsReceiptJudge
from adapters.judiciary.mapped.receipts.receipt_claims import ReceiptClaims
from adapters.storage.sql_store import SqlStore
from adapters.verifier.archive.auditor import audit_archive
from adapters.verifier.evidence.evidence_verification import verify_file
from gateway.audit.audit_recipe import Check
from gateway.audit.evidence_recipe import EvidenceCheck
from gateway.judiciary.courier import RawReceipt
from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.model.schema import Group, Leaf
from gateway.notice.delivery_state import DeliveryState
from gateway.receipts.acceptance import Delivery, accept
from gateway.receipts.receipt_application import apply_receipts
from gateway.receipts.receipt_batch import ReceiptBatch
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import GatewayError
from gateway.runtime.pass_report import PassReport
from gateway.runtime.verdict import Verdict
from tests.archive.recorder import AT_ONCE, reference
from tests.databases import sqlite_file

from .notice_recorder import NoticeRecorder
from .test_strangers import Stranger

TYPE = "ravan-receipt+jwt"
MEMBERS = ("jti", "reference", "number", "seal", "event", "at")
SCHEMA = {
    "$defs": {
        "Receipt": {
            "type": "object",
            "properties": {**{name: {"type": "string"} for name in MEMBERS}, "iat": {"type": "integer"}},
            "required": [*MEMBERS, "iat"],
        }
    }
}
MAPPING = """
[mapping]
language = 1
name = "receipt"
kind = "receipt-to-event"
[tables.events]
unknown = "refuse"
[tables.events.entries]
"arrived" = "ContentConsignment"
""" + "".join(
    f'[[field]]\ntarget = "{target}"\nfrom = "{source}"\n{steps}required = true\n'
    for target, source, steps in (
        ("receipt_id", "jti", ""),
        ("reference", "reference", ""),
        ("tracking_number", "number", ""),
        ("seal_digest", "seal", ""),
        ("event", "event", 'do = [{ name = "lookup", table = "events" }]\n'),
        ("event_time", "at", 'do = ["time"]\n'),
    )
)


@pytest.fixture
def own(pki: Path, tmp_path: Path) -> Iterator[NoticeRecorder]:
    shutil.copytree(pki, tmp_path / "pki")
    with sqlite_file(tmp_path) as url, closing(SqlStore.open(url)) as store:
        made = NoticeRecorder(tmp_path / "pki", store, tmp_path / "archive", now=datetime.now(UTC))
        made.activate()
        made.send([made.admit(1)], "urn:uuid:0000-1")
        yield made


@pytest.fixture
def judge(own: NoticeRecorder, tmp_path: Path) -> JwsReceiptJudge:
    (tmp_path / "receipt.json").write_text(json.dumps(SCHEMA), encoding="utf-8")
    program = compile_mapping(
        MAPPING.encode(), "receipt.toml", contract=Group(members={name: Leaf() for name in MEMBERS})
    )
    theirs = own.pki / "judiciary"
    files = [theirs / "receipts.crt.pem", theirs / "transport.crt.pem"]
    return JwsReceiptJudge(
        verifier=JwsDocumentVerifier(load_partner("court", files, [own.trust / "judiciary-root.pem"]), TYPE),
        schema=MessageSchema(tmp_path / "receipt.json"),
        payload="Receipt",
        claims=ReceiptClaims(program=program),
        issuers=frozenset({own.judiciary_signer("receipts").certificate.thumbprint}),
        skew=timedelta(minutes=1),
    )


def payload(own: NoticeRecorder, **other: Any) -> dict[str, Any]:
    reported = {"jti": "r-1", "reference": reference(1), "number": "T1", "seal": own.entries[1].seal_digest}
    return {**reported, "event": "arrived", "at": timestamp(own.now), "iat": int(own.now.timestamp()), **other}


def x5c(signer: Signer) -> dict[str, Any]:
    return {"x5c": [base64.b64encode(signer.certificate.der).decode()]}


def thumbprint(signer: Signer) -> dict[str, Any]:
    return {"x5t#S256": encode(bytes.fromhex(signer.certificate.thumbprint.removeprefix("sha256:"))).decode()}


def signed(
    own: NoticeRecorder,
    named: Callable[[Signer], Mapping[str, Any]] = x5c,
    *,
    by: str = "receipts",
    header: Mapping[str, Any] = {},
    said: Mapping[str, Any] | None = None,
) -> bytes:
    signer = own.judiciary_signer(by)
    algorithm = "RS256" if "rsa" in signer.algorithm else "ES256"
    reported = {"alg": algorithm, "typ": TYPE, "kid": "one", **named(signer), **header}
    octets = json.dumps(payload(own) if said is None else said).encode()
    return compact({name: value for name, value in reported.items() if value is not None}, octets, signer)


def nobody(_: Signer) -> dict[str, Any]:
    return {}


@pytest.mark.parametrize("named", [x5c, thumbprint, nobody])
def test_a_receipt_is_believed_by_its_pinned_signer(
    own: NoticeRecorder, judge: JwsReceiptJudge, named: Callable[[Signer], Mapping[str, Any]]
) -> None:
    octets = signed(own, named)
    judged = judge.judge(RawReceipt(octets=octets), own.now)
    assert judged.facts.claims == judge.read(octets)
    assert judged.facts.claims["ReceiptId"] == "r-1"
    assert judged.facts.signed_at == own.now.replace(microsecond=0)
    assert "signed in the past" in judged.passed


REFUSED: Mapping[str, tuple[Callable[[NoticeRecorder], bytes], str]] = {
    "another certificate of the judiciary": (partial(signed, by="transport"), "verify.unknown-certificate"),
    "another type": (partial(signed, header={"typ": "JWT"}), "verify.jws-type"),
    "a key of its own": (partial(signed, header={"jwk": {}}), "verify.jws-key"),
    "an address of a key": (partial(signed, header={"jku": "https://keys.invalid"}), "verify.jws-key"),
    "something critical": (partial(signed, header={"crit": ["b64"], "b64": False}), "verify.jws-critical"),
    "an unknown member": (partial(signed, header={"zip": "DEF"}), "verify.jws-header"),
    "no algorithm": (partial(signed, header={"alg": "none"}), "verify.unsigned"),
    "a secret's algorithm": (partial(signed, header={"alg": "HS256"}), "verify.algorithm"),
    "an algorithm of another key": (partial(signed, header={"alg": "RS256"}), "verify.signature"),
    "two names that differ": (
        lambda own: signed(own, header=thumbprint(own.judiciary_signer("transport"))), "verify.jws-header"),
    "a letter beyond ASCII in x5c": (partial(signed, header={"x5c": ["é"]}), "verify.jws-header"),
    "no certificate in x5c": (partial(signed, header={"x5c": []}), "verify.jws-header"),
    "another signature": (lambda own: signed(own)[:-8] + b"AAAAAAAA", "verify.signature"),
    "another payload": (lambda own: exchanged(signed(own), payload(own, number="T2")), "verify.signature"),
    "a name twice": (lambda own: twice(own), "verify.json-duplicate"),
    "no time of signing": (lambda own: signed(own, said={**payload(own), "iat": None}), "verify.jws-claims"),
    "a time to come": (
        lambda own: signed(own, said=payload(own, iat=int(own.now.timestamp()) + 600)), "verify.signing-time"),
    "before its certificate": (lambda own: signed(own, said=payload(own, iat=1)), "verify.certificate-validity"),
    "a payload of another form": (
        lambda own: signed(own, said={"iat": int(own.now.timestamp())}), "verify.schema"),
    "a word that nobody explained": (lambda own: signed(own, said=payload(own, event="?")), "mapped.unknown-value"),
    "no JWS": (lambda own: b"<slip/>", "verify.shape"),
    "two parts": (lambda own: signed(own).rpartition(b".")[0], "verify.jws-form"),
}  # fmt: skip


def exchanged(octets: bytes, said: Mapping[str, Any]) -> bytes:
    header, _, signature = octets.split(b".")
    return b".".join((header, encode(json.dumps(said).encode()), signature))


def twice(own: NoticeRecorder) -> bytes:
    signer = own.judiciary_signer("receipts")
    octets = json.dumps(payload(own)).replace("{", '{"jti": "r-2", ', 1).encode()
    algorithm = "RS256" if "rsa" in signer.algorithm else "ES256"
    return compact({"alg": algorithm, "typ": TYPE, **x5c(signer)}, octets, signer)


@pytest.mark.parametrize("case", list(REFUSED))
def test_any_other_is_refused_with_its_reason(own: NoticeRecorder, judge: JwsReceiptJudge, case: str) -> None:
    make, code = REFUSED[case]
    with pytest.raises(GatewayError) as refusal:
        judge.judge(RawReceipt(octets=make(own)), own.now)
    assert refusal.value.code == code


def test_without_a_named_certificate_only_pinned_ones_are_tried(own: NoticeRecorder, judge: JwsReceiptJudge) -> None:
    with pytest.raises(GatewayError) as refusal:
        judge.judge(RawReceipt(octets=signed(own, nobody, by="transport")), own.now)
    assert refusal.value.code == "verify.signature"


@pytest.mark.long
@pytest.mark.parametrize("named", [x5c, nobody])
def test_an_auditor_judges_it_by_his_pins(
    own: NoticeRecorder, judge: JwsReceiptJudge, tmp_path: Path, named: Callable[[Signer], Mapping[str, Any]]
) -> None:
    octets = signed(own, named)
    own.now += timedelta(seconds=1)
    batch = ReceiptBatch(own.store, "court", "town")
    accept(batch, [Delivery(receipts=[RawReceipt(octets=octets)])], judge, own.now)
    assert not batch.quarantine
    apply_receipts(own.store, lambda: own.now, timedelta(minutes=1), PassReport("receipts"))
    assert own.store.notices.entries([reference(1)])[reference(1)].state is DeliveryState.DELIVERED
    own.now += timedelta(seconds=1)
    own.archive(AT_ONCE)
    assert audit_archive(own.folder, own.trust, workers=1).verdicts[Check.SIGNATURE] is Verdict.PASSED
    file = own.folder.parent / "notice.asice"
    own.export(file, 1)
    audit = verify_file(file, own.trust)
    [reason] = {each.reason for each in audit.findings if each.check is EvidenceCheck.RECEIPTS}
    assert "it names this notice and this seal; what happened, and when, is the gateway's reading" in reason
    with ZipFile(file) as held:
        steps = commands_of(held.read("VERIFY.en.txt"))
    assert any("split_receipt.py" in step for step in steps)
    if shutil.which("xmlsec1"):
        assert Stranger(own, file, tmp_path / "unpacked").run(steps) == 0
    (own.trust / "receipts-court.pem").unlink()
    report = audit_archive(own.folder, own.trust, workers=1)
    assert report.verdicts[Check.SIGNATURE] is Verdict.INDETERMINATE
