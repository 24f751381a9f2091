"""Binding of a REST contract by a profile's files: its OpenAPI document has the operations and their messages.

Every mapping is compiled against it before anything is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from referencing import Registry

from adapters.contracts.json_folder import JsonFolder, Place
from adapters.contracts.json_schema import tree_of_schema
from adapters.contracts.mapping_files import contract_program
from adapters.contracts.openapi import OpenApi, OpenApiOperation
from adapters.crypto.schema.message_schema import SchemaJudge, assert_schema
from adapters.judiciary.mapped.contract import MappedContract, MappedOperation
from adapters.judiciary.mapped.json_form import JsonForm, JsonOperation
from adapters.judiciary.mapped.profile_binding import (
    NO_VALUES,
    Values,
    assert_fault_leads,
    assert_paths_lead,
    container_of,
    contract_of,
    kinds_of,
    known_of,
    probe_of,
    sections_of,
)
from adapters.judiciary.mapped.receipts.receipt_binding import receipt_program
from adapters.judiciary.operations import INQUIRE_ACCOUNTS
from adapters.judiciary.rest_wire import Body, RestOperation
from adapters.settings import JudiciaryProfile
from adapters.settings.profile_sections.operations import OperationSection
from gateway.mapping.compiler.mistake import FileMistakes
from gateway.mapping.model.schema import OPEN, Group, Leaf
from gateway.mapping.program.program import Program
from gateway.runtime.errors import GatewayError


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bound:
    """One operation: the profile's section, and the document's description."""

    ours: str
    section: OperationSection
    described: OpenApiOperation
    request: Group
    answer: Group


def mapped_rest_contract(profile: JudiciaryProfile, values: Values = NO_VALUES) -> MappedContract[Body]:
    """Return the contract of a profile that is bound by files.

    Raises `GatewayError` ``courier.contract`` for defects of the OpenAPI document and the files beside it. Raises
    `gateway.mapping.compiler.mistake.MappingMistaken` with every mistake of the first mapping that has any.
    """
    sections, fault = profile.file.operations, profile.file.codes.fault
    assert sections is not None
    assert fault is not None
    document = OpenApi(profile.service, profile.messages, profile.file.security.jws.form.body)
    code = tuple(fault.split("."))
    bound = [_bound(document, ours, section) for ours, section in sections_of(sections)]
    for each in bound:
        if _declares(each.answer, code):
            detail = f"{fault} is where faults have their code, and the answer to {each.section.name} has it, too"
            raise GatewayError("courier.contract", where=profile.service.name, detail=detail)
    faults = [_tree(document.folder, fault) for each in bound for fault in each.described.faults]
    assert_fault_leads(profile, faults or [OPEN])
    assert_paths_lead(profile, [each.answer for each in bound])
    registry = document.folder.registry
    spoken = {each.ours: _operation(document.folder, registry, each) for each in bound}
    if (probe := probe_of(profile)) is not None:
        spoken.setdefault(INQUIRE_ACCOUNTS, spoken[probe])
    mistakes = FileMistakes()
    mapped = {each.ours: made for each in bound if (made := _mappings(profile, each, values, mistakes)) is not None}
    mistakes.refuse(lambda: receipt_program(profile))
    return contract_of(profile, JsonForm(bound=spoken, fault_code=code), mapped, container_of(profile), values)


def _bound(document: OpenApi, ours: str, section: OperationSection) -> _Bound:
    described = document.operation(section.name, section.request_schema, section.answer_schema)
    request, answer = (_tree(document.folder, places) for places in (described.request, described.answer))
    return _Bound(ours=ours, section=section, described=described, request=request, answer=answer)


def _unlimited(group: Group) -> Group:
    """Return a group without limits of length: a message too long for our own contracts is sent, and refused."""
    members = {
        name: _unlimited(each) if isinstance(each, Group) else replace(each, max_length=None)
        for name, each in group.members.items()
    }
    return replace(group, members=members)


def _tree(folder: JsonFolder, places: Sequence[Place]) -> Group:
    for place in folder.reached(*places):
        assert_schema(place.value, place.shown)
    made = tree_of_schema(folder, *places)
    if isinstance(made, Leaf) or made.many:
        raise GatewayError("courier.contract", where=places[0].shown, detail="what is said must be an object")
    return made


def _operation(folder: JsonFolder, registry: Registry[Any], each: _Bound) -> JsonOperation:
    described, name = each.described, each.section.name
    for fault in described.faults:
        _tree(folder, fault)
    answer = each.section.answer_action or f"{name}Response"
    return JsonOperation(
        at=RestOperation(name, described.path, answer),
        request=_judge(name, described.request, registry),
        answer=_judge(answer, described.answer, registry),
        faults=[_judge(f"{name} fault", fault, registry) for fault in described.faults],
    )


def _judge(name: str, places: Sequence[Place], registry: Registry[Any]) -> SchemaJudge:
    return SchemaJudge(name, [place.uri for place in places], registry)


def _mappings(
    profile: JudiciaryProfile, each: _Bound, values: Values, mistakes: FileMistakes
) -> MappedOperation | None:
    asks, tells = kinds_of(profile, each.ours)
    answer: Program | None = None
    if (named := each.section.answer) is not None and tells:
        known = known_of(profile, tells, values)
        answer = mistakes.take(lambda: contract_program(profile.mappings / named, tells, each.answer, known))
    file, of_request = profile.mappings / each.section.request, known_of(profile, asks, values)
    wanted = each.request if profile.file.protocol.is_mapped else _unlimited(each.request)
    request = mistakes.take(lambda: contract_program(file, asks, wanted, of_request))
    return None if request is None else MappedOperation(request=request, answer=answer)


def _declares(group: Group, path: Sequence[str]) -> bool:
    """Return True if a schema itself declares the value at a path."""
    here: Group | Leaf | None = group
    for name in path:
        here = here.members.get(name) if isinstance(here, Group) else None
    return here is not None
