"""Folder of a new profile: the contract's files, a mapping for each message, and ``profile.toml``."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from adapters.judiciary.skeleton.contract_files import json_files, xml_files
from adapters.judiciary.skeleton.guesses import Path as Names
from adapters.judiciary.skeleton.guesses import telling
from adapters.judiciary.skeleton.mapping_draft import MappingDraft, dotted, first_list, quoted
from adapters.judiciary.skeleton.openapi_survey import survey_openapi
from adapters.judiciary.skeleton.profile_draft import CONTRACT, Choices, ContainerGuess, profile_text
from adapters.judiciary.skeleton.roles import LOGIN, Roles, roles_of, way_of_receipts
from adapters.judiciary.skeleton.survey import Role, Survey, SurveyedOperation, copied
from adapters.judiciary.skeleton.wsdl_survey import survey_wsdl
from gateway.judiciary.capabilities import ReceiptWay
from gateway.judiciary.paging import PagingWay
from gateway.mapping.model.schema import Group, Leaf, find, leaves
from gateway.mapping.model.values import Type
from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of
from gateway.runtime.toml_file import BLANK

_OUTCOMES: Final = "ACCEPTED, REJECTED, NO_ACCOUNT, DEFERRED, UNKNOWN"
_STANDINGS: Final = "ACCEPTED, REJECTED, NO_ACCOUNT, NOT_KNOWN, UNKNOWN"
_EVENTS: Final = (
    "ContentConsignment (arrived), ContentHandover (viewed), LegalService (served by law), ContentConsignmentFailure, "
    "NONE (nothing yet)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Skeleton:
    """Written folder. ``unserved`` are errors ``unserved.*``; ``roles`` say which operations were guessed.

    ``states_security``: the contract says how calls are authorized, or messages signed.
    """

    folder: Path
    roles: Roles
    unserved: Sequence[GatewayError]
    files: Sequence[str]
    states_security: bool


def write_skeleton(folder: Path, contract: Path, named: Mapping[Role, str], *, is_openapi: bool) -> Skeleton:
    """Write the folder of a profile for a WSDL or an OpenAPI document; ``named`` are operations by role.

    Raises `GatewayError` ``profile.exists`` if the folder exists; ``profile.contract``, ``courier.contract`` or
    ``mapping.contract`` for a contract that cannot be read. Nothing is left behind then.
    """
    if folder.exists() or folder.is_symlink():
        raise GatewayError("profile.exists", where=str(folder))
    found = json_files(contract) if is_openapi else xml_files(contract)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".profile-") as aside:
            made = Path(aside) / "made"
            beside = made / CONTRACT
            copied(found, contract.resolve().parent, beside)
            service = beside / contract.name
            copies = [beside / each.relative_to(contract.resolve().parent) for each in found]
            survey = survey_openapi(service) if is_openapi else survey_wsdl(service, copies)
            skeleton = _written(survey, made, roles_of(survey, named))
            made.rename(folder)
    except OSError as error:
        raise GatewayError("profile.folder", where=str(folder), detail=words_of(error)) from error
    return replace(skeleton, folder=folder)


def _written(survey: Survey, folder: Path, roles: Roles) -> Skeleton:
    is_json = survey.protocol == "rest-json"
    by_role = {role: survey.operation(name) for role, name in roles.by_role.items()}
    receipts = by_role.get(Role.RECEIPTS)
    way, paging = way_of_receipts(receipts.request) if receipts else (ReceiptWay.POLL, PagingWay.CURSOR)
    container = _container(list(by_role.values()), is_json=is_json)
    texts = dict[str, str]()
    files = dict[Role, tuple[str, str]]()
    texts["submit.toml"] = _request("submit", "notice-to-message", by_role[Role.SUBMIT], is_json=is_json)
    texts["outcome.toml"] = _outcome("outcome", "answer-to-outcome", by_role[Role.SUBMIT], _OUTCOMES, is_json=is_json)
    files[Role.SUBMIT] = "submit.toml", "outcome.toml"
    if (inquire := by_role.get(Role.INQUIRE)) is not None:
        texts["inquiry.toml"] = _request("inquiry", "inquiry-to-message", inquire, is_json=is_json)
        texts["standing.toml"] = _outcome("standing", "answer-to-standing", inquire, _STANDINGS, is_json=is_json)
        files[Role.INQUIRE] = "inquiry.toml", "standing.toml"
    asks = "poll-to-message" if way is ReceiptWay.POLL else "page-to-message"
    names = ("status-request.toml", "status.toml") if way is ReceiptWay.POLL else ("page-request.toml", "page.toml")
    empty = SurveyedOperation(name=BLANK, request=Group(), answer=Group())
    texts[names[0]] = _request(names[0][:-5], asks, receipts or empty, is_json=is_json)
    texts[names[1]] = _status(names[1][:-5], receipts or empty, way, paging, is_json=is_json)
    files[Role.RECEIPTS] = names
    header = next((each.header for each in by_role.values() if each.header is not None), None)
    if header is not None:
        draft = MappingDraft("header", "call-to-header", is_json=is_json)
        draft.remark("The header block of every request.", "")
        draft.request(header)
        texts["header.toml"] = draft.text
    choices = Choices(
        names=roles.by_role,
        guessed=roles.guessed,
        files=files,
        way=way,
        paging=paging,
        has_header=header is not None,
        container=container,
    )
    texts["profile.toml"] = profile_text(survey, choices)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return Skeleton(
        folder=folder,
        roles=roles,
        unserved=[*survey.unserved, *_without_use(survey, roles), *_open_to_all(survey)],
        files=sorted(texts),
        states_security=survey.demands.is_stated,
    )


def _without_use(survey: Survey, roles: Roles) -> Iterator[GatewayError]:
    for each in survey.operations:
        if each.name not in roles.by_role.values():
            code = "unserved.login" if LOGIN.search(each.name) else "unserved.operation"
            yield GatewayError(code, where=each.name)


def _open_to_all(survey: Survey) -> Iterator[GatewayError]:
    if survey.demands.address.lower().startswith("http:"):
        yield GatewayError("unserved.http", where=survey.service.name, detail=survey.demands.address)


def _request(name: str, kind: str, operation: SurveyedOperation, *, is_json: bool) -> str:
    draft = MappingDraft(name, kind, is_json=is_json)
    draft.remark(
        f"The request of {operation.name}. A source marked `a guess` was chosen by its name: compare it.",
        "",
    )
    draft.request(operation.request)
    return draft.text


def _outcome(name: str, kind: str, operation: SurveyedOperation, words: str, *, is_json: bool) -> str:
    draft = MappingDraft(name, kind, is_json=is_json)
    draft.list_elements(f"The answer to {operation.name}:", operation.answer)
    paths = _readable(operation.answer)
    code = telling("code", paths)
    draft.begin_repeat("results", None)
    if is_json:
        statuses = [str(status) for status in operation.statuses]
        table = draft.told("status", statuses, words, '{ value = "UNKNOWN" }')
        draft.field("repeat.field", "status", 'from = "$answer.status"', _lookup(table), "required = true")
    else:
        choices = code[1].choices if code is not None and code[1].choices else ()
        table = draft.told("status", tuple(choices), words, '{ value = "UNKNOWN" }')
        source = BLANK if code is None else dotted(code[0])
        remark = "    # a guess" if code is not None else ""
        draft.field("repeat.field", "status", f"from = {quoted(source)}{remark}", _lookup(table), "required = true")
    if code is not None:
        steps = [] if is_json and code[1].type is not Type.INTEGER else ['do = ["number"]']
        draft.field("repeat.field", "code", f"from = {quoted(dotted(code[0]))}", *steps)
    if (found := draft.read("tracking_number", paths)) is not None:
        draft.field("repeat.field", "tracking_number", *found)
    if (said := telling("text", paths)) is not None:
        cut = 'do = [{ name = "cut", end = 2000 }]'
        draft.field("repeat.field", "text", f"from = {quoted(dotted(said[0]))}", cut)
    return draft.text


def _status(name: str, operation: SurveyedOperation, way: ReceiptWay, paging: PagingWay, *, is_json: bool) -> str:
    draft = MappingDraft(name, "answer-to-status", is_json=is_json)
    draft.list_elements(f"The answer to {operation.name}:", operation.answer)
    good = _good(operation.answer, is_json=is_json)
    listed = first_list(good)
    paths = list(leaves(listed[1])) if listed else _readable(good)
    if texts := [path for path, leaf in paths if leaf.many]:
        draft.remark(
            f"{dotted(texts[0])} is a list of texts: if these are JWS, see forms of receipts in judiciary-profiles.md.",
            "",
        )
    event = telling("event", paths) or telling("code", paths)
    choices = event[1].choices if event is not None and event[1].choices else ()
    draft.begin_repeat("receipts", dotted(listed[0]) if listed else None)
    table = draft.told("event", tuple(choices), _EVENTS, '"refuse"')
    source = BLANK if event is None else dotted(event[0])
    draft.field("repeat.field", "event", f"from = {quoted(source)}", _lookup(table), "required = true")
    draft.field("repeat.field", "event_time", *draft.read_time([each for each in paths if each != event]))
    for what in ("reference", "tracking_number"):
        found = draft.read(what, paths)
        if found is not None or way is ReceiptWay.CURSOR:
            draft.field("repeat.field", what, *(found or [f"from = {quoted(BLANK)}", "required = true"]))
    if way is ReceiptWay.CURSOR:
        outside = _readable(operation.answer)
        wants = {"cursor": Type.TEXT, "more": Type.BOOLEAN} if paging is PagingWay.CURSOR else {"more": Type.BOOLEAN}
        wants |= {"pages": Type.INTEGER} if paging in (PagingWay.NUMBER, PagingWay.DAY) else {}
        for what, type_ in wants.items():
            if (found := draft.read(what, outside, type_)) is not None:
                draft.field("field", what, *found)
    return draft.text


def _good(answer: Group, *, is_json: bool) -> Group:
    """Return an answer without what stands there only after a failure."""
    if not is_json:
        return answer
    return replace(answer, members={name: each for name, each in answer.members.items() if name == "body"})


def _readable(tree: Group) -> list[tuple[Names, Leaf]]:
    """Return an answer's leaves, those of a first list by its first element. Headers of HTTP come last."""
    found = [each for each in leaves(tree) if each[0][0] != "header"]
    if (listed := first_list(tree)) is not None:
        *above, name = listed[0]
        found += [((*above, f"{name}[0]", *path), leaf) for path, leaf in leaves(listed[1])]
    return found


def _lookup(table: str) -> str:
    return f'do = [{{ name = "lookup", table = {quoted(table)} }}]'


def _container(operations: Sequence[SurveyedOperation], *, is_json: bool) -> ContainerGuess | None:
    """Return the places of a code and its words that all answers have, or None. A step that differs is ``*``."""
    places = list[tuple[Names, Names | None]]()
    for operation in operations:
        paths = [each for each in leaves(operation.answer) if not is_json or each[0][0] == "problem"]
        code = telling("code", paths)
        if code is None or len(code[0]) < 2:
            return None
        text = telling("text", [each for each in paths if each[0][:-1] == code[0][:-1]])
        places.append((code[0], None if text is None else text[0]))
    if len(set(places)) == 1:
        code_at, text_at = places[0]
        parts = [find(operation.answer, code_at[:1]) for operation in operations]
        return ContainerGuess(
            code=dotted(code_at),
            text=None if text_at is None else dotted(text_at),
            only_if_failed=not is_json and not any(part is None or part.required for part in parts),
        )
    below = {(code[1:], None if text is None else text[1:]) for code, text in places}
    if is_json or len(below) != 1:
        return None
    code_below, text_below = next(iter(below))
    words = None if text_below is None else f"*.{dotted(text_below)}"
    return ContainerGuess(code=f"*.{dotted(code_below)}", text=words, only_if_failed=False)
