"""Binding of receipts by a profile's files: the mapping that reads one, its place in answers, and its judge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Final

from lxml import etree

from adapters.contracts.mapping_files import contract_program
from adapters.contracts.message import message_for, message_of
from adapters.crypto.foreign.any_document import AnyDocumentVerifier
from adapters.crypto.keys.partner import Partner
from adapters.crypto.message.jws_document import JwsDocumentVerifier
from adapters.crypto.schema.message_schema import MessageSchema
from adapters.crypto.xml.document import DocumentVerifier
from adapters.crypto.xml.strict_xml import load_schema
from adapters.judiciary.mapped.receipts.carried_receipt_judge import ElementReceiptJudge, StatusReceiptJudge
from adapters.judiciary.mapped.receipts.jws_receipt_judge import JwsReceiptJudge
from adapters.judiciary.mapped.receipts.mapped_receipt_judge import MappedReceiptJudge
from adapters.judiciary.mapped.receipts.receipt_claims import ReceiptClaims
from adapters.judiciary.mapped.receipts.receipt_forms import (
    SIGNED,
    ElementReceipts,
    OpenReceipts,
    ReceiptsOfAnswer,
    StatusReceipts,
)
from adapters.settings import JudiciaryProfile
from adapters.settings.profile_sections.receipt import ReceiptForm, ReceiptSection
from gateway.mapping.compiler.mistake import MappingMistaken, Mistake
from gateway.mapping.model.schema import Group
from gateway.mapping.model.values import Type
from gateway.mapping.program.program import Program
from gateway.receipts.receipt_batch import ReceiptJudge
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import GatewayError
from gateway.trust.revocation_status import UNASKED, Revocations

_ELEMENTS: Final = Words(
    "the elements {root} of the answer are the receipts", "عنصرهای {root} در پاسخ، همان رسیدها هستند"
)


def receipt_section(profile: JudiciaryProfile) -> ReceiptSection:
    """Return the section that a contract bound by files always has."""
    section = profile.file.receipt
    assert section is not None
    return section


def mapped_receipt_judge(
    profile: JudiciaryProfile,
    receipt: Program | None,
    partner: Partner,
    issuers: frozenset[str],
    skew: timedelta,
    revocations: Revocations = UNASKED,
) -> ReceiptJudge:
    """Return the judge of receipts in the profile's own format, which ``receipt`` reads; ``issuers`` are thumbprints of
    ``partner``.
    """
    section, seal = receipt_section(profile), profile.capabilities.seal
    if receipt is None or section.schema_file is None:
        return StatusReceiptJudge(seal)
    claims = ReceiptClaims(program=receipt, seal=seal, in_xml=section.jws is None)
    schema = profile.folder / section.schema_file
    if section.jws is not None:
        return JwsReceiptJudge(
            verifier=JwsDocumentVerifier(partner, section.jws.typ),
            schema=MessageSchema(schema),
            payload=section.jws.payload,
            claims=claims,
            issuers=issuers,
            skew=skew,
            revocations=revocations,
        )
    root = (section.root or "").removeprefix("{}")
    if section.form is ReceiptForm.ELEMENT:
        return ElementReceiptJudge(root=root, schema=load_schema(schema), claims=claims)
    form, agreed = load_schema(schema), section.signature
    return MappedReceiptJudge(
        verifier=DocumentVerifier(partner, root, form)
        if agreed is None
        else AnyDocumentVerifier(partner, root, form, agreed.policy),
        root=etree.QName(root).localname,
        claims=claims,
        issuers=issuers,
        skew=skew,
        revocations=revocations,
    )


def receipt_program(profile: JudiciaryProfile) -> Program | None:
    """Return the mapping of one receipt; None if the mapping of an answer makes its values, or if its format is ours.

    Raises `GatewayError` ``profile.unsupported`` if receipts without an id must be confirmed by it.
    """
    section = profile.file.receipt
    if section is None or section.mapping is None or section.schema_file is None:
        return None
    name = section.jws.payload if section.jws else etree.QName(section.root or "").localname
    wanted = message_for("receipt-to-event", profile.folder / section.schema_file, name)
    if section.form is ReceiptForm.DOCUMENT:
        # The other open part of its schema is the signature, which is removed before a mapping reads.
        wanted = replace(wanted, is_open=False)
    program = contract_program(profile.mappings / section.mapping, "receipt-to-event", wanted)
    _assert_confirmable(profile, program)
    return program


def _assert_confirmable(profile: JudiciaryProfile, program: Program) -> None:
    """Raise `GatewayError` if receipts are confirmed by an id that they do not have."""
    sections = profile.file.operations
    if sections is not None and sections.confirm is not None and "receipt_id" not in program.targets:
        detail = "receipts are confirmed by their id, and the mapping of a receipt makes no receipt_id"
        raise GatewayError("profile.unsupported", where=str(profile.folder), detail=detail)


def receipt_form(profile: JudiciaryProfile, answer: Program | None) -> ReceiptsOfAnswer:
    """Return where receipts stand in an answer, which ``answer`` reads.

    Raises `MappingMistaken` ``mapping.receipts-unwanted`` if a mapping makes receipts that are elements of the answer.
    """
    section = profile.file.receipt
    if section is None:
        return SIGNED if profile.file.protocol.is_rest else OpenReceipts(_open_place(profile))
    match section.form:
        case ReceiptForm.ELEMENT:
            if answer is not None and "receipts" in answer.targets:
                found = _ELEMENTS.filled(root=section.root or "")
                mistake = Mistake(code="mapping.receipts-unwanted", line=1, key="receipts", found=found)
                raise MappingMistaken(answer.name, [mistake])
            assert section.root is not None
            return ElementReceipts(section.root.removeprefix("{}"))
        case ReceiptForm.STATUS:
            return StatusReceipts()
        case ReceiptForm.DOCUMENT if _stand_in_answer(profile, section, answer):
            return ElementReceipts(section.root or "", unsigned=False)
        case _:
            return SIGNED


def _open_place(profile: JudiciaryProfile) -> tuple[str, ...]:
    """Return the place that the schema of a page of our receipts leaves open. Raises `GatewayError`."""
    sections = profile.file.operations
    assert sections is not None
    assert sections.receipts is not None
    page = message_of(profile.messages, f"{sections.receipts.name}Response")
    found = [*_open(page)]
    if len(found) != 1:
        detail = f"{sections.receipts.name}Response leaves {len(found)} places open; one is wanted, for receipts"
        raise GatewayError("courier.contract", where=str(profile.messages), detail=detail)
    return found[0]


def _open(group: Group, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, member in group.members.items():
        if isinstance(member, Group):
            yield from _open(member, (*above, name))
        elif member.type is Type.ELEMENT:
            yield above


def _stand_in_answer(profile: JudiciaryProfile, section: ReceiptSection, answer: Program | None) -> bool:
    """Return True if documents are elements of a SOAP answer. They survive that in the form of ours alone."""
    makes_none = answer is not None and "receipts" not in answer.targets
    return makes_none and section.signature is None and not profile.file.protocol.is_rest
