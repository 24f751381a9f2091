"""Binding of a contract by a profile's files: every mapping is compiled against it before anything is sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final

from lxml import etree

from adapters.contracts.mapping_files import Known, contract_program
from adapters.contracts.message import message_for
from adapters.crypto.keys.partner import Partner
from adapters.crypto.message.jws_document import JwsDocumentVerifier
from adapters.crypto.schema.message_schema import MessageSchema
from adapters.crypto.xml.document import DocumentVerifier
from adapters.crypto.xml.strict_xml import load_schema
from adapters.judiciary.binding import Binding
from adapters.judiciary.mapped.contract import MappedContract, MappedOperation
from adapters.judiciary.mapped.error_container import ErrorContainer
from adapters.judiciary.mapped.header_block import HeaderBlock
from adapters.judiciary.mapped.push import MappedPush
from adapters.judiciary.mapped.receipts.carried_receipt_judge import ElementReceiptJudge, StatusReceiptJudge
from adapters.judiciary.mapped.receipts.jws_receipt_judge import JwsReceiptJudge
from adapters.judiciary.mapped.receipts.mapped_receipt_judge import MappedReceiptJudge
from adapters.judiciary.mapped.receipts.receipt_claims import ReceiptClaims
from adapters.judiciary.mapped.receipts.receipt_forms import SIGNED, ElementReceipts, ReceiptsOfAnswer, StatusReceipts
from adapters.judiciary.mapped.xml_form import XmlForm, XmlOperation
from adapters.judiciary.operations import CONFIRM_RECEIPTS, FETCH_RECEIPTS, INQUIRE_ACCOUNTS
from adapters.settings import JudiciaryProfile
from adapters.settings.profile_sections.operations import OperationSection, OperationsSection
from adapters.settings.profile_sections.profile_file import ProtocolName
from adapters.settings.profile_sections.receipt import ReceiptForm, ReceiptSection
from gateway.judiciary.capabilities import ReceiptWay
from gateway.judiciary.courier import Operation
from gateway.mapping.compiler.mistake import MappingMistaken, Mistake
from gateway.mapping.kinds.call_context import context_under
from gateway.mapping.kinds.exchange_schemas import by_reference, page_request_of, page_under
from gateway.mapping.kinds.kind_catalogue import KINDS
from gateway.mapping.kinds.seal_places import submission_of
from gateway.mapping.program.program import Program
from gateway.receipts.receipt_batch import ReceiptJudge
from gateway.runtime.errors import GatewayError
from gateway.trust.revocation_status import UNASKED, Revocations

_KINDS: Final = {
    Operation.SUBMIT.value: ("notice-to-message", "answer-to-outcome"),
    Operation.INQUIRE_STATUS.value: ("inquiry-to-message", "answer-to-standing"),
    FETCH_RECEIPTS: ("page-to-message", "answer-to-page"),
    CONFIRM_RECEIPTS: ("confirmation-to-message", ""),
}
"""Kinds of mapping that make a request and read its answer."""

_POLL_KINDS: Final = ("poll-to-message", "answer-to-receipts")
"""The same if receipts are polled by notice."""

_STATUS_KIND: Final = "answer-to-status"
"""Kind of mapping of an answer that states events itself."""


def kinds_of(profile: JudiciaryProfile, ours: str) -> tuple[str, str]:
    """Return the kinds of mapping that make a request and read its answer; "" if nothing is read of it."""
    if ours != FETCH_RECEIPTS:
        return _KINDS[ours]
    asks, tells = _POLL_KINDS if profile.capabilities.receipts is ReceiptWay.POLL else _KINDS[ours]
    return asks, _STATUS_KIND if _receipt_section(profile).form is ReceiptForm.STATUS else tells


Values = Mapping[str, str]
"""Values of the configuration for mappings, by name."""

NO_VALUES: Final[Values] = {}


def mapped_contract(profile: JudiciaryProfile, values: Values = NO_VALUES) -> MappedContract[etree._Element]:
    """Return the contract of a profile that is bound by files.

    Raises `GatewayError` ``courier.contract`` and ``mapping.contract`` for defects of WSDL and XSD. Raises
    `gateway.mapping.compiler.mistake.MappingMistaken` with every mistake of the first mapping that has any.
    """
    sections, fault = profile.file.operations, profile.file.codes.fault
    assert sections is not None
    assert fault is not None
    wanted = dict(sections_of(sections))
    binding = Binding(profile.service, None, [section.name for section in wanted.values()])
    bound = {ours: _operation(profile, binding, ours, section, values) for ours, section in wanted.items()}
    named = {ours: _named(binding, section) for ours, section in wanted.items()}
    if (probe := probe_of(profile)) is not None:
        named[INQUIRE_ACCOUNTS] = named[probe]
    header = _header_block(profile, binding, named, values)
    form = XmlForm(
        header=header,
        binding=binding,
        schema=load_schema(profile.messages),
        bound=named,
        fault_code=tuple(fault.split(".")),
    )
    return MappedContract(
        form=form,
        bound=bound,
        receipt=receipt_program(profile),
        receipt_form=receipt_form(profile, bound[FETCH_RECEIPTS].answer if FETCH_RECEIPTS in bound else None),
        seal=profile.capabilities.seal,
        probe=probe,
        polls=sections.poll is not None,
        push=None if sections.push is None else _push(profile, binding, sections.push, values),
        container=container_of(profile),
        values=values,
        paging=profile.file.paging.value,
    )


def _header_block(
    profile: JudiciaryProfile, binding: Binding, named: Mapping[str, XmlOperation], values: Values
) -> HeaderBlock | None:
    """Return the header block of requests. Raises ``courier.contract`` if no file makes a demanded one."""
    file, names = profile.file.requests.header, {ours: each.name for ours, each in named.items()}
    wanted = {binding.header_tag(name) for name in names.values()}
    if file is None and wanted == {None}:
        return None
    tag = next(iter(wanted)) if len(wanted) == 1 else None
    if file is None or tag is None:
        shown = ", ".join(sorted(filter(None, wanted))) or "no header"
        detail = f"its operations want {shown}: [requests] header names the mapping that makes the one header of all"
        raise GatewayError("courier.contract", where=profile.service.name, detail=detail)
    kind = "call-to-header"
    program = contract_program(
        profile.folder / file,
        kind,
        message_for(kind, profile.messages, etree.QName(tag).localname),
        Known(context=context_under(KINDS[kind].context, values, has_status=False)),
    )
    return HeaderBlock(binding=binding, tag=tag, program=program, names=names, values=values)


def container_of(profile: JudiciaryProfile) -> ErrorContainer | None:
    """Return the part of ordinary answers that tells errors, if the profile names one."""
    codes = profile.file.codes
    if (told := codes.container) is None:
        return None
    return ErrorContainer(
        code=tuple(told.code.split(".")),
        text=tuple(told.text.split(".")) if told.text else None,
        good=frozenset(told.good),
        faults=codes.told,
    )


def probe_of(profile: JudiciaryProfile) -> Operation | None:
    """Return the operation that stands in for a question about a person."""
    if not profile.can_be_tried:
        return None
    return Operation.INQUIRE_STATUS if profile.capabilities.can_prove_absence else Operation.FETCH_RECEIPTS


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
    section, seal = _receipt_section(profile), profile.capabilities.seal
    if receipt is None or section.schema_file is None:
        return StatusReceiptJudge(seal)
    claims, schema = ReceiptClaims(program=receipt, seal=seal), profile.folder / section.schema_file
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
    return MappedReceiptJudge(
        verifier=DocumentVerifier(partner, root, load_schema(schema)),
        root=etree.QName(root).localname,
        claims=claims,
        issuers=issuers,
        skew=skew,
        revocations=revocations,
    )


def receipt_program(profile: JudiciaryProfile) -> Program | None:
    """Return the mapping of one receipt; None if the mapping of an answer makes its values.

    Raises `GatewayError` ``profile.unsupported`` if receipts without an id must be confirmed by it.
    """
    section = _receipt_section(profile)
    if section.mapping is None or section.schema_file is None:
        return None
    name = section.jws.payload if section.jws else etree.QName(section.root or "").localname
    wanted = message_for("receipt-to-event", profile.folder / section.schema_file, name)
    if section.form is ReceiptForm.DOCUMENT:
        # The other open part of its schema is the signature, which is removed before a mapping reads.
        wanted = replace(wanted, is_open=False)
    program = contract_program(profile.folder / section.mapping, "receipt-to-event", wanted)
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
    section = _receipt_section(profile)
    match section.form:
        case ReceiptForm.ELEMENT:
            if answer is not None and "receipts" in answer.targets:
                said = f"the elements {section.root} of the answer are the receipts"
                mistake = Mistake(code="mapping.receipts-unwanted", line=1, key="receipts", found=said)
                raise MappingMistaken(answer.name, [mistake])
            assert section.root is not None
            return ElementReceipts(section.root.removeprefix("{}"))
        case ReceiptForm.STATUS:
            return StatusReceipts()
        case _:
            return SIGNED


def _receipt_section(profile: JudiciaryProfile) -> ReceiptSection:
    section = profile.file.receipt
    assert section is not None
    return section


def sections_of(sections: OperationsSection) -> Iterator[tuple[str, OperationSection]]:
    yield Operation.SUBMIT.value, sections.submit
    if sections.inquire is not None:
        yield Operation.INQUIRE_STATUS.value, sections.inquire
    if (receipts := sections.receipts or sections.poll) is not None:
        yield FETCH_RECEIPTS, receipts
    if sections.confirm is not None:
        yield CONFIRM_RECEIPTS, sections.confirm


def _push(profile: JudiciaryProfile, binding: Binding, section: OperationSection, values: Values) -> MappedPush:
    operation = binding.served(section.name)
    assert section.answer is not None
    return MappedPush(
        operation=operation,
        schema=load_schema(profile.messages),
        request=_program(profile, section.request, "push-to-receipts", operation.request_tag, values),
        answer=_program(profile, section.answer, "taken-to-message", operation.answer_tag, values),
        answer_action=section.answer_action or f"{operation.action}Response",
        values=values,
    )


def _operation(
    profile: JudiciaryProfile, binding: Binding, ours: str, section: OperationSection, values: Values
) -> MappedOperation:
    asks, tells = kinds_of(profile, ours)
    answer: Program | None = None
    if section.answer is not None and tells:
        answer = _program(profile, section.answer, tells, binding.answer_tag(section.name), values)
    request = _program(profile, section.request, asks, binding.request_tag(section.name), values)
    return MappedOperation(request=request, answer=answer)


def _named(binding: Binding, section: OperationSection) -> XmlOperation:
    action = section.answer_action or binding.soap_action(section.name) + "Response"
    return XmlOperation(name=section.name, answer_action=action)


def _program(profile: JudiciaryProfile, file: str, kind: str, tag: str, values: Values) -> Program:
    wanted = message_for(kind, profile.messages, etree.QName(tag).localname)
    return contract_program(profile.folder / file, kind, wanted, known_of(profile, kind, values))


def known_of(profile: JudiciaryProfile, kind: str, values: Values) -> Known:
    """Return the parts of a mapping of ``kind`` that differ under a profile and the configuration's values."""
    sources = {
        "notice-to-message": submission_of(profile.capabilities.seal),
        "page-to-message": page_request_of(profile.file.paging.by),
    }
    target = page_under(profile.file.paging.by) if kind == "answer-to-page" else None
    several = {
        "answer-to-outcome": profile.batch_notices > 1,
        "answer-to-standing": profile.file.limits.inquiry_notices > 1,
    }
    return Known(
        source=sources.get(kind),
        target=by_reference(KINDS[kind].target) if several.get(kind) else target,
        context=context_under(KINDS[kind].context, values, has_status=profile.file.protocol is ProtocolName.PLAIN_REST),
    )
