"""Binding of a SOAP contract by a profile's files: every mapping is compiled against it before anything is sent."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

from lxml import etree

from adapters.contracts.mapping_files import KindParts, contract_program
from adapters.contracts.message import message_for, message_of
from adapters.crypto.keys.names import JUDICIARY, SOAP, SOAP12
from adapters.crypto.xml.strict_xml import load_schema
from adapters.judiciary.binding import Binding
from adapters.judiciary.mapped.contract import MappedContract, MappedOperation
from adapters.judiciary.mapped.fault_actions import fault_actions
from adapters.judiciary.mapped.header_block import HeaderBlock
from adapters.judiciary.mapped.profile_binding import (
    NO_VALUES,
    Values,
    assert_fault_leads,
    assert_paths_lead,
    assert_session_has_place,
    container_of,
    context_of,
    contract_of,
    kinds_of,
    known_of,
    names_paths,
    probe_of,
    sections_of,
    token_places,
)
from adapters.judiciary.mapped.push import MappedPush
from adapters.judiciary.mapped.receipts.receipt_binding import receipt_program
from adapters.judiciary.mapped.xml_form import XmlForm, XmlOperation
from adapters.judiciary.operations import INQUIRE_ACCOUNTS, LOGIN
from adapters.settings import JudiciaryProfile
from adapters.settings.profile_sections.operations import OperationSection
from gateway.mapping.compiler.mistake import FileMistakes
from gateway.mapping.model.schema import OPEN, Group, Leaf
from gateway.mapping.program.program import Program
from gateway.runtime.errors import GatewayError


def mapped_contract(
    profile: JudiciaryProfile, values: Values = NO_VALUES, wsdl: Path | None = None
) -> MappedContract[etree._Element]:
    """Return the contract of a profile that is bound by files. ``wsdl`` replaces that of a contract of ours.

    Raises `GatewayError` ``courier.contract`` and ``mapping.contract`` for defects of WSDL and XSD. Raises
    `gateway.mapping.compiler.mistake.MappingMistaken` with every mistake of the first mapping that has any.
    """
    sections, fault = profile.file.operations, profile.file.codes.fault
    assert sections is not None
    assert fault is not None
    wanted = dict(sections_of(sections))
    is_ours, code = not profile.file.protocol.is_mapped, tuple(fault.split("."))
    namespace = JUDICIARY if is_ours else None
    binding = Binding(wsdl or profile.service, namespace, [section.name for section in wanted.values()])
    _assert_paths(profile, binding, wanted.values())
    mistakes = FileMistakes()
    bound = {
        ours: made
        for ours, section in wanted.items()
        if (made := _operation(profile, binding, ours, section, values, mistakes)) is not None
    }
    named = {ours: _named(profile, binding, section) for ours, section in wanted.items()}
    if (probe := probe_of(profile)) is not None:
        named.setdefault(INQUIRE_ACCOUNTS, named[probe])
    mistakes.refuse(lambda: _header_block(profile, binding, named, values), lambda: receipt_program(profile))
    header = _header_block(profile, binding, named, values)
    form = XmlForm(
        header=header,
        binding=binding,
        schema=load_schema(profile.messages),
        bound=named,
        fault_code=code,
        codes=profile.file.codes.told | profile.ended,
        detail=f"{{{namespace}}}{code[1]}" if is_ours and len(code) > 2 else None,
    )
    contract = contract_of(
        profile,
        form,
        bound,
        container_of(profile),
        values,
        None if sections.push is None else _push(profile, binding, sections.push, values),
    )
    return assert_session_has_place(profile, contract)


_FAULTS: Final = {
    SOAP: Group(members={"faultcode": Leaf(), "faultstring": Leaf(), "faultactor": Leaf(), "detail": OPEN}),
    SOAP12: Group(members={"Code": OPEN, "Reason": OPEN, "Node": Leaf(), "Role": Leaf(), "Detail": OPEN}),
}
"""Faults of each version of SOAP, as far as it describes them."""


def _assert_paths(profile: JudiciaryProfile, binding: Binding, sections: Collection[OperationSection]) -> None:
    """Raise `GatewayError` ``profile.path`` for a path of the profile that leads nowhere."""
    assert_fault_leads(profile, [_FAULTS[binding.soap]])
    if names_paths(profile):
        tags = dict.fromkeys(binding.answer_tag(section.name) for section in sections)
        assert_paths_lead(profile, [_answer_of(profile, tag) for tag in tags])


def _answer_of(profile: JudiciaryProfile, tag: str) -> Group:
    """Return the tree of an answer. Nothing is known of one that stands in another schema."""
    try:
        return message_of(profile.messages, etree.QName(tag).localname)
    except GatewayError:
        return OPEN


def _header_block(
    profile: JudiciaryProfile, binding: Binding, named: Mapping[str, XmlOperation], values: Values
) -> HeaderBlock | None:
    """Return the header block of requests; our own contracts have none.

    Raises ``courier.contract`` if no file makes a demanded one.
    """
    if not profile.file.protocol.is_mapped:
        return None
    file, names = profile.file.requests.header, {ours: each.name for ours, each in named.items()}
    without = frozenset({ours for ours, name in names.items() if ours == LOGIN and binding.header_tag(name) is None})
    wanted = {binding.header_tag(name) for ours, name in names.items() if ours not in without}
    if file is None and wanted == {None}:
        return None
    tag = next(iter(wanted)) if len(wanted) == 1 else None
    if file is None or tag is None:
        shown = ", ".join(sorted(filter(None, wanted))) or "no header"
        detail = f"its operations want {shown}: [requests] header names the mapping that makes the one header of all"
        raise GatewayError("courier.contract", where=profile.service.name, detail=detail)
    kind = "call-to-header"
    program = contract_program(
        profile.mappings / file,
        kind,
        message_for(kind, profile.messages, etree.QName(tag).localname),
        KindParts(context=context_of(profile, kind, values)),
    )
    return HeaderBlock(
        binding=binding,
        tag=tag,
        program=program,
        names=names,
        values=values,
        places=[f"{etree.QName(tag).localname}.{place}" for place in token_places(profile, file)],
        without=without,
    )


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
    profile: JudiciaryProfile,
    binding: Binding,
    ours: str,
    section: OperationSection,
    values: Values,
    mistakes: FileMistakes,
) -> MappedOperation | None:
    asks, tells = kinds_of(profile, ours)
    answer: Program | None = None
    if (file := section.answer) is not None and tells:
        tag = binding.answer_tag(section.name)
        answer = mistakes.take(lambda: _program(profile, file, tells, tag, values))
    tag_of_request = binding.request_tag(section.name)
    request = mistakes.take(lambda: _program(profile, section.request, asks, tag_of_request, values))
    if request is None:
        return None
    return MappedOperation(request=request, answer=answer, places=token_places(profile, section.request))


def _named(profile: JudiciaryProfile, binding: Binding, section: OperationSection) -> XmlOperation:
    action = section.answer_action or binding.soap_action(section.name) + "Response"
    # Under our own contracts a fault has the action of the answer.
    faults = fault_actions(profile.service, section.name) if profile.file.protocol.is_mapped else frozenset[str]()
    return XmlOperation(name=section.name, answer_action=action, fault_actions=faults)


def _program(profile: JudiciaryProfile, file: str, kind: str, tag: str, values: Values) -> Program:
    wanted = message_for(kind, profile.messages, etree.QName(tag).localname)
    return contract_program(profile.mappings / file, kind, wanted, known_of(profile, kind, values))
