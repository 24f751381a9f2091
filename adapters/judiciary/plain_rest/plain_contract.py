"""Binding of a plain REST contract by a profile's files: its OpenAPI document has the operations and their messages.

Every mapping is compiled against it before anything is sent. A request's targets are ``path.NAME``, ``query.NAME``,
``header.NAME`` and ``body.…``. Of an answer, ``body`` is that of 2xx, ``problem`` that of any other status, and
``header`` has names in lower case.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from referencing import Registry

from adapters.contracts.json_folder import Place
from adapters.contracts.json_schema import either, tree_of_schema
from adapters.contracts.mapping_files import contract_program
from adapters.contracts.rest_document import In, RestAnswer, RestCall, RestDocument
from adapters.crypto.schema.message_schema import SchemaJudge, assert_schema
from adapters.judiciary.mapped.contract import MappedContract, MappedOperation
from adapters.judiciary.mapped.profile_binding import (
    NO_VALUES,
    Values,
    assert_paths_lead,
    assert_session_has_place,
    container_of,
    contract_of,
    kinds_of,
    known_of,
    names_paths,
    probe_of,
    sections_of,
    token_places,
)
from adapters.judiciary.mapped.receipts.receipt_binding import receipt_program
from adapters.judiciary.operations import INQUIRE_ACCOUNTS
from adapters.judiciary.plain_rest.http_errors import HttpErrors
from adapters.judiciary.plain_rest.http_form import HttpAnswers, HttpForm, HttpOperation, HttpParameter
from adapters.settings import JudiciaryProfile
from adapters.settings.profile_sections.operations import OperationSection
from gateway.mapping.compiler.mistake import FileMistakes
from gateway.mapping.model.schema import Group, Leaf
from gateway.mapping.model.values import Type
from gateway.runtime.errors import GatewayError

_HEADERS_OF_HTTP: Final = frozenset({"connection", "content-length", "cookie", "host", "transfer-encoding"})
_ANYTHING: Final = Group(is_open=True)


def plain_rest_contract(profile: JudiciaryProfile, values: Values = NO_VALUES) -> MappedContract[Any]:
    """Return the contract of a profile that is bound by files.

    Raises `GatewayError` ``courier.contract`` for defects of the OpenAPI document and the files beside it. Raises
    `gateway.mapping.compiler.mistake.MappingMistaken` with every mistake of the first mapping that has any.
    """
    sections = profile.file.operations
    assert sections is not None
    document = RestDocument(profile.service)
    wanted = dict(sections_of(sections))
    calls = {ours: document.operation(section.name) for ours, section in wanted.items()}
    for call in calls.values():
        _assert_schemas(document, call)
    if names_paths(profile):
        assert_paths_lead(profile, [_whole_answer(document, call) for call in calls.values()])
    registry = document.folder.registry
    spoken = {ours: _operation(call, registry) for ours, call in calls.items()}
    if (probe := probe_of(profile)) is not None:
        spoken[INQUIRE_ACCOUNTS] = spoken[probe]
    mistakes = FileMistakes()
    bound = {
        ours: made
        for ours, each in wanted.items()
        if (made := _mappings(profile, document, calls[ours], ours, each, values, mistakes)) is not None
    }
    mistakes.refuse(lambda: receipt_program(profile))
    errors = errors_of(profile)
    form = HttpForm(bound=spoken, faults=errors.statuses, read=profile.file.codes.http_answers)
    return assert_session_has_place(profile, contract_of(profile, form, bound, errors, values))


def errors_of(profile: JudiciaryProfile) -> HttpErrors:
    """Return the reader of a profile's errors."""
    return HttpErrors(statuses=profile.file.codes.http_faults | profile.ended_statuses, container=container_of(profile))


def _assert_schemas(document: RestDocument, call: RestCall) -> None:
    places = [each.schema for each in call.parameters] + ([] if call.body is None else [call.body])
    places += [schema for answer in call.answers.values() for schema in answer.bodies.values() if schema is not None]
    for place in document.folder.reached(*places):
        assert_schema(place.value, place.shown)


def _operation(call: RestCall, registry: Registry[Any]) -> HttpOperation:
    def judge(what: str, place: Place) -> SchemaJudge:
        return SchemaJudge(what, [place.uri], registry)

    return HttpOperation(
        name=call.name,
        method=call.method,
        path=call.path,
        parameters=[
            HttpParameter(
                name=each.name,
                place=each.place,
                required=each.required,
                judge=judge(f"{call.name} {each.place.value}.{each.name}", each.schema),
            )
            for each in call.parameters
        ],
        media_type=call.media_type,
        body=None if call.body is None else judge(call.name, call.body),
        body_required=call.body_required,
        answers={
            status: HttpAnswers(
                bodies={
                    media: None if place is None else judge(f"{call.name} {status}", place)
                    for media, place in answer.bodies.items()
                },
                unread=answer.unread,
                headers=answer.headers,
            )
            for status, answer in call.answers.items()
        },
    )


def _mappings(
    profile: JudiciaryProfile,
    document: RestDocument,
    call: RestCall,
    ours: str,
    section: OperationSection,
    values: Values,
    mistakes: FileMistakes,
) -> MappedOperation | None:
    asks, tells = kinds_of(profile, ours)
    answer = None
    if (named := section.answer) is not None and tells:
        told, known = answer_tree(document, call), known_of(profile, tells, values)
        answer = mistakes.take(lambda: contract_program(profile.mappings / named, tells, told, known))
    wanted, of_request = request_tree(document, call), known_of(profile, asks, values)
    request = mistakes.take(lambda: contract_program(profile.mappings / section.request, asks, wanted, of_request))
    if request is None:
        return None
    return MappedOperation(request=request, answer=answer, places=token_places(profile, section.request))


def request_tree(document: RestDocument, call: RestCall) -> Group:
    """Return a request as a mapping makes it: ``path``, ``query``, ``header`` and ``body``."""
    members: dict[str, Group | Leaf] = {}
    for place in In:
        found: dict[str, Group | Leaf] = {}
        for each in call.parameters:
            if each.place is place and not (place is In.HEADER and each.name.lower() in _HEADERS_OF_HTTP):
                found[each.name] = replace(_parameter_tree(document, each.schema), required=each.required)
        if found:
            members[place.value] = Group(members=found)
    if call.body is not None:
        members["body"] = replace(tree_of_schema(document.folder, call.body), required=call.body_required)
    return Group(members=members)


def _parameter_tree(document: RestDocument, schema: Place) -> Leaf:
    made = tree_of_schema(document.folder, schema)
    if isinstance(made, Group) and not made.is_open:
        raise GatewayError("courier.contract", where=schema.shown, detail="a parameter that is an object is not served")
    return made if isinstance(made, Leaf) else Leaf()


def answer_tree(document: RestDocument, call: RestCall) -> Group:
    """Return an answer as a mapping reads it: ``body``, ``problem`` and ``header``."""
    good = [answer for status, answer in call.answers.items() if status[0] == "2"]
    other = [answer for status, answer in call.answers.items() if status[0] != "2"]
    default = call.answers.get("default")
    parts = {"body": good or ([] if default is None else [default]), "problem": other}
    members: dict[str, Group | Leaf] = {
        part: replace(tree, required=False)
        for part, answers in parts.items()
        if (tree := _bodies_tree(document, answers)) is not None
    }
    names = {name.lower() for answer in call.answers.values() for name in answer.headers}
    members["header"] = Group(members={name: Leaf() for name in sorted(names)})
    return Group(members=members)


def _whole_answer(document: RestDocument, call: RestCall) -> Group:
    """Return an answer with its status, as errors are found in it."""
    told = answer_tree(document, call)
    return replace(told, members={**told.members, "status": Leaf(type=Type.INTEGER)})


def _bodies_tree(document: RestDocument, answers: Sequence[RestAnswer]) -> Group | Leaf | None:
    schemas = [schema for answer in answers for schema in answer.bodies.values()]
    unique = list({None if place is None else document.folder.followed(place).uri: place for place in schemas}.values())
    trees = [_ANYTHING if place is None else tree_of_schema(document.folder, place) for place in unique]
    return either(trees) if trees else None
