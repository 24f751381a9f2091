"""A new seal in the place of one whose signing time is ahead: the same notice, and only what its body had sealed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lxml import etree

from adapters.crypto.keys.certificate import load_certificates, signing_certificate
from adapters.crypto.keys.keys import Signer, load_signer
from adapters.crypto.xml.document import sign_document
from adapters.crypto.xml.sealed_fields import sealed_documents, sealed_fields, sealed_issue_day
from adapters.crypto.xml.sealing import NoticeSealer
from adapters.crypto.xml.strict_xml import DOCUMENT_LIMITS, canonical, parse
from adapters.judiciary.mapped.contract_sealer import ContractSealer
from adapters.judiciary.mapped.sealed_notice import sealed_tree
from gateway.judiciary.capabilities import SealPlace
from gateway.judiciary.courier import SealSlice
from gateway.mapping.kinds.notice_schemas import notice_tree
from gateway.notice.notice import Document, IssuingBody, Notice, Recipient, RecipientKind
from gateway.runtime.errors import GatewayError
from gateway.trust.trust_policy import Rejection
from tests.archive.pki import issue, read

from .conftest import SIGNED_AT, of_each_kind, on_p256
from .samples import JudiciaryService, signer

AHEAD = SIGNED_AT + timedelta(days=40)
CODE = "article-100"


def paper(name: str = "شهروند (نمونه)") -> Notice:
    return Notice(
        body=IssuingBody(code=CODE, title="کمیسیون ماده صد", district="منطقه ۶"),
        case_number="1404-100-1",
        paper_number="7",
        kind="ruling",
        subject="رأی «قلع» & <تخریب>",
        issued_on=datetime(2026, 2, 3, tzinfo=UTC).date(),
        recipient=Recipient(kind=RecipientKind.NATURAL, identifier="9990000000", name=name),
        document=Document(name="ruling.pdf", media_type="application/pdf", octets=b"%PDF-1.7 %%EOF"),
    )


def sealer_of(own: Signer, schema: etree.XMLSchema, file: Path | None = None) -> NoticeSealer:
    """The sealer whose certificate has in its ``file`` its issuers behind it."""
    chain = None if file is None else signing_certificate(f"seal {CODE}", own.certificate.der, load_certificates(file))
    return NoticeSealer({CODE: own}, schema, {} if chain is None else {CODE: chain})


@pytest.fixture
def sealer(judiciary: JudiciaryService, schema: etree.XMLSchema) -> NoticeSealer:
    return sealer_of(judiciary.seal, schema)


def unsigned(octets: bytes) -> bytes:
    root = parse(octets, DOCUMENT_LIMITS)
    root.remove(root[-1])
    return canonical(root)


@of_each_kind
def test_a_notice_sealed_anew_is_the_same_notice_with_another_signing_time(
    judiciary: JudiciaryService, sealer: NoticeSealer
) -> None:
    first = sealer.seal(paper(), AHEAD)
    second = sealer.seal_anew(first.octets, SIGNED_AT)
    assert (second.reference, second.sealed_at) == (first.reference, SIGNED_AT)
    assert second.digest != first.digest
    assert unsigned(second.octets) == unsigned(first.octets)
    assert sealed_fields(second.octets)["content digest"] == paper().content_digest
    assert sealed_issue_day(second.octets) == paper().issued_on
    facts = [judiciary.documents.examine(each.octets) for each in (first, second)]
    assert [each.signed_at for each in facts] == [AHEAD, SIGNED_AT]
    assert facts[0].covered == facts[1].covered


def changed(octets: bytes) -> bytes:
    return octets.replace("منطقه ۶".encode(), "منطقه ۵".encode())


def of_a_stranger(octets: bytes) -> bytes:
    """Has another body's code, whose key is not the one that sealed it."""
    return octets.replace(b">article-100<", b">article-77<")


@on_p256
@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (changed, "verify.digest"),
        (of_a_stranger, "verify.unknown-certificate"),
        (unsigned, "verify.unsigned"),
        (lambda octets: octets + b"\n", "verify.not-canonical"),
        (lambda _: b"<no notice", "verify.malformed"),
    ],
)
def test_nothing_is_signed_that_the_body_had_not_sealed(
    judiciary: JudiciaryService, pki: Path, schema: etree.XMLSchema, spoil: Callable[[bytes], bytes], code: str
) -> None:
    sealer = NoticeSealer({CODE: judiciary.seal, "article-77": signer(pki, "municipality", "seal-article-77")}, schema)
    octets = spoil(sealer.seal(paper(), AHEAD).octets)
    with pytest.raises(Rejection) as refusal:
        sealer.seal_anew(octets, SIGNED_AT)
    assert refusal.value.code == code


@on_p256
def test_a_seal_by_a_renewed_certificate_takes_the_place_of_one_by_the_earlier(
    pki: Path, schema: etree.XMLSchema, tmp_path: Path
) -> None:
    authority = read(pki, "municipality-issuing")
    for name in ("earlier", "present"):
        issue("Article 100", authority, start=SIGNED_AT).write(tmp_path, name)
    issue("Another Organization", authority, start=SIGNED_AT).write(tmp_path, "other")
    issue("Article 100", start=SIGNED_AT).write(tmp_path, "forged")
    keys = {file: load_signer(tmp_path / f"{file}.key.pem", tmp_path / f"{file}.crt.pem")
            for file in ("earlier", "present", "other", "forged")}  # fmt: skip
    sealer = sealer_of(keys["present"], schema, tmp_path / "present.crt.pem")

    anew = sealer.seal_anew(sealer_of(keys["earlier"], schema).seal(paper(), AHEAD).octets, SIGNED_AT)
    assert anew.certificate is not None
    assert anew.certificate.thumbprint == keys["present"].certificate.thumbprint
    own = sealer.seal(paper(), AHEAD)
    assert sealer.seal_anew(own.octets, SIGNED_AT).reference == anew.reference, "its key is the present one"
    for name in ("other", "forged"):
        with pytest.raises(Rejection) as refusal:
            sealer.seal_anew(sealer_of(keys[name], schema).seal(paper(), AHEAD).octets, SIGNED_AT)
        assert refusal.value.code == "verify.unknown-certificate", name


@on_p256
def test_a_body_without_a_seal_or_with_an_expired_one_seals_nothing_anew(
    judiciary: JudiciaryService, sealer: NoticeSealer, schema: etree.XMLSchema
) -> None:
    octets = sealer.seal(paper(), AHEAD).octets
    for other, at, code in (
        (NoticeSealer({}, schema), SIGNED_AT, "notice.body"),
        (sealer, SIGNED_AT + timedelta(days=4000), "notice.seal"),
    ):
        with pytest.raises(GatewayError) as refusal:
            other.seal_anew(octets, at)
        assert refusal.value.code == code


@on_p256
def test_a_notice_that_the_service_does_not_bear_is_not_sealed_anew(sealer: NoticeSealer) -> None:
    octets = sealer.seal(paper(), AHEAD).octets
    size = len(paper().document.octets)
    assert ContractSealer(sealer, attachment_bytes=size).seal_anew(octets, SIGNED_AT).sealed_at == SIGNED_AT
    with pytest.raises(GatewayError) as refusal:
        ContractSealer(sealer, attachment_bytes=size - 1).seal_anew(octets, SIGNED_AT)
    assert (refusal.value.code, refusal.value.where) == ("notice.contract", "document")


@on_p256
@pytest.mark.parametrize("since", [timedelta(), timedelta(days=1)])
def test_a_seal_whose_time_has_come_is_not_made_anew(sealer: NoticeSealer, since: timedelta) -> None:
    """A withdrawn or rejected notice of long ago would get a seal of today, if its row were changed."""
    octets = sealer.seal(paper(), SIGNED_AT).octets
    with pytest.raises(Rejection) as refusal:
        sealer.seal_anew(octets, SIGNED_AT + since)
    assert refusal.value.code == "verify.signing-time"


@on_p256
def test_a_key_whose_earlier_certificate_was_over_by_the_signing_time_has_nothing_sealed(
    pki: Path, schema: etree.XMLSchema, tmp_path: Path
) -> None:
    authority = read(pki, "municipality-issuing")
    issue("Article 100", authority, start=SIGNED_AT, days=30).write(tmp_path, "over")
    issue("Article 100", authority, start=SIGNED_AT).write(tmp_path, "present")
    over, present = (
        load_signer(tmp_path / f"{file}.key.pem", tmp_path / f"{file}.crt.pem") for file in ("over", "present")
    )
    root = parse(sealer_of(present, schema).seal(paper(), AHEAD).octets, DOCUMENT_LIMITS)
    root.remove(root[-1])
    octets = sign_document(root, over, AHEAD)
    with pytest.raises(Rejection) as refusal:
        sealer_of(present, schema, tmp_path / "present.crt.pem").seal_anew(octets, SIGNED_AT)
    assert refusal.value.code == "verify.certificate-validity"


def detailed() -> Notice:
    one = paper()
    who = replace(one.recipient, first_name="علی", last_name="کریمی", father_name="رضا", city="تهران", plate="۱۲")
    return replace(one, recipient=who, extra=(("district-office", "7"), ("hearing", "شعبه ۳")))


def test_parts_of_a_recipient_and_further_texts_are_sealed_and_read_again(
    judiciary: JudiciaryService, schema: etree.XMLSchema
) -> None:
    sealed = sealer_of(judiciary.seal, schema).seal(detailed(), SIGNED_AT)
    fields = sealed_fields(sealed.octets)
    assert fields["Recipient/FatherName"] == "رضا"
    assert fields["Extra/hearing"] == "شعبه ۳"
    assert fields["content digest"] == detailed().content_digest
    seal = SealSlice(reference=sealed.reference, octets=sealed.octets, digest=sealed.digest)
    tree = sealed_tree(seal, SealPlace.INSIDE)
    assert {name: tree["recipient"][name] for name in ("first_name", "plate", "unit")} == {
        "first_name": "علی",
        "plate": "۱۲",
        "unit": None,
    }
    assert tree["extra"] == {"district-office": "7", "hearing": "شعبه ۳"}
    assert {name: tree[name] for name in ("recipient", "extra")} == {
        name: notice_tree(detailed())[name] for name in ("recipient", "extra")
    }


def test_a_notice_without_them_has_the_digest_that_it_had(judiciary: JudiciaryService, schema: etree.XMLSchema) -> None:
    assert paper().content_digest != detailed().content_digest
    assert paper().content_digest == "sha256:1c7aca285389f442963decf087e197ff4ecb643f6e95e3b39329f0120bc5c059"
    sealed = sealer_of(judiciary.seal, schema).seal(paper(), SIGNED_AT)
    assert b"Extra" not in sealed.octets
    assert b"FirstName" not in sealed.octets


def enclosed(number: int = 2) -> Notice:
    one = detailed()
    attachments = tuple(
        Document(name=f"{n}.png", media_type="image/png", octets=b"png %d" % n, title=f"نقشه {n}", kind="03")
        for n in range(number)
    )
    return replace(one, document=replace(one.document, title="رأی"), attachments=attachments)


@pytest.mark.parametrize("number", [2, 19])
def test_attachments_are_sealed_in_order_and_read_again(
    judiciary: JudiciaryService, schema: etree.XMLSchema, number: int
) -> None:
    notice = replace(enclosed(number), extra=tuple((f"t{n}", "x") for n in range(100)))
    sealer = sealer_of(judiciary.seal, schema)
    sealed = sealer.seal(notice, AHEAD)
    fields = sealed_fields(sealed.octets)
    assert fields["content digest"] == notice.content_digest
    assert fields["Attachment[2]/Digest"] == notice.attachments[1].digest
    assert [each.octets for each in sealed_documents(sealed.octets)] == [each.octets for each in notice.documents]
    seal = SealSlice(reference=sealed.reference, octets=sealed.octets, digest=sealed.digest)
    tree, made = sealed_tree(seal, SealPlace.NONE), notice_tree(notice)
    assert (tree["document"], tree["documents"]) == (made["document"], made["documents"])
    assert [each["main"] for each in tree["documents"]] == [True] + [False] * number
    assert b"Attachment" in sealer.seal_anew(sealed.octets, SIGNED_AT).octets


def test_attachments_are_content_of_a_notice_and_not_its_reference() -> None:
    one, two = detailed(), enclosed()
    first, second = two.attachments
    others = [
        replace(two, attachments=(second, first)),
        replace(two, attachments=(first,)),
        replace(two, attachments=(first, replace(second, kind="04"))),
        replace(two, document=replace(two.document, title=None)),
    ]
    assert len({each.content_digest for each in (one, two, *others)}) == 6
    assert {each.reference for each in (one, two, *others)} == {one.reference}


def test_more_documents_than_a_service_takes_go_back(sealer: NoticeSealer) -> None:
    limited = ContractSealer(sealer, documents=2)
    with pytest.raises(GatewayError, match=r"3 documents; the judiciary's profile takes up to 2.*\[notice\.contract\]"):
        limited.seal(enclosed(), SIGNED_AT)
    with pytest.raises(GatewayError, match=r"3 documents"):
        limited.seal_anew(sealer.seal(enclosed(), AHEAD).octets, SIGNED_AT)
    size = sum(len(each.octets) for each in enclosed().documents)
    with pytest.raises(GatewayError, match=rf"{size} bytes"):
        ContractSealer(sealer, attachment_bytes=size - 1).seal(enclosed(), SIGNED_AT)
