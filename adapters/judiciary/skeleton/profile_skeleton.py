"""Folder of a new profile: the contract's files, a mapping for each message, and ``profile.toml``."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from adapters.judiciary.skeleton.answer_drafts import AnswerDrafts
from adapters.judiciary.skeleton.container_guess import container_in
from adapters.judiciary.skeleton.contract_files import json_files, xml_files
from adapters.judiciary.skeleton.guesses import OF_SESSION
from adapters.judiciary.skeleton.mapping_draft import MappingDraft
from adapters.judiciary.skeleton.openapi_survey import survey_openapi
from adapters.judiciary.skeleton.profile_draft import CONTRACT, Choices, profile_text
from adapters.judiciary.skeleton.roles import LOGIN, Roles, roles_of, way_of_receipts
from adapters.judiciary.skeleton.survey import Role, Survey, SurveyedOperation, copied
from adapters.judiciary.skeleton.wsdl_survey import survey_wsdl
from gateway.judiciary.capabilities import ReceiptWay
from gateway.judiciary.paging import PagingWay
from gateway.mapping.model.schema import Group
from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of
from gateway.runtime.toml_file import BLANK

_REQUESTS: Final = {
    Role.SUBMIT: ("submit", "notice-to-message"),
    Role.INQUIRE: ("inquiry", "inquiry-to-message"),
    Role.LOGIN: ("login", "login-to-message"),
    Role.TICKET: ("ticket", "ticket-to-message"),
}
"""Name and kind of the mapping that makes a role's request; those of receipts follow from the way of receipts."""


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
            beside, root = made / CONTRACT, contract.resolve().parent
            copied(found, root, beside)
            copies = [beside / each.relative_to(root) for each in found]
            with _named_from(beside):
                survey = survey_openapi(copies[0]) if is_openapi else survey_wsdl(copies[0], copies)
                skeleton = _written(survey, made, roles_of(survey, named))
            made.rename(folder)
    except OSError as error:
        raise GatewayError("profile.folder", where=str(folder), detail=words_of(error)) from error
    return replace(skeleton, folder=folder)


@contextmanager
def _named_from(folder: Path) -> Iterator[None]:
    """Name files in errors from the folder on: its own name is gone when a person reads them."""
    try:
        yield
    except GatewayError as error:
        where, detail = (text.replace(f"{folder}/", "") for text in (error.where, error.detail))
        raise GatewayError(error.code, where=where, detail=detail) from error


def _written(survey: Survey, folder: Path, roles: Roles) -> Skeleton:
    is_json = survey.protocol == "rest-json"
    by_role = {role: survey.operation(name) for role, name in roles.by_role.items()}
    receipts = by_role.get(Role.RECEIPTS)
    way, paging = way_of_receipts(receipts.request) if receipts else (ReceiptWay.POLL, PagingWay.CURSOR)
    container = container_in(list(by_role.values()), is_json=is_json)
    requests = _Requests(is_json=is_json, has_session=Role.LOGIN in by_role)
    answers = AnswerDrafts(is_json=is_json, container=container, has_tickets=Role.TICKET in by_role)
    read_by = {
        Role.SUBMIT: ("outcome", answers.outcome),
        Role.INQUIRE: ("standing", answers.standing),
        Role.LOGIN: ("session", answers.session),
        Role.TICKET: ("ticket-answer", answers.ticket),
    }
    texts, files = dict[str, str](), dict[Role, tuple[str, str]]()
    for role, (name, kind) in _REQUESTS.items():
        if (operation := by_role.get(role)) is not None:
            answer, draft = read_by[role]
            files[role] = f"{name}.toml", f"{answer}.toml"
            texts[files[role][0]], texts[files[role][1]] = requests.of(name, kind, operation), draft(operation)
    asks = "poll-to-message" if way is ReceiptWay.POLL else "page-to-message"
    asked, read = ("status-request", "status") if way is ReceiptWay.POLL else ("page-request", "page")
    files[Role.RECEIPTS] = f"{asked}.toml", f"{read}.toml"
    empty = SurveyedOperation(name=BLANK, request=Group(), answer=Group())
    texts[f"{asked}.toml"] = requests.of(asked, asks, receipts or empty)
    texts[f"{read}.toml"] = answers.events(read, receipts or empty, way, paging)
    header = next((each.header for each in by_role.values() if each.header is not None), None)
    if header is not None:
        texts["header.toml"] = requests.header(header)
    asking = [texts[request] for role, (request, _) in files.items() if role is not Role.LOGIN]
    choices = Choices(
        names=roles.by_role,
        guessed=roles.guessed,
        files=files,
        way=way,
        paging=paging,
        has_header=header is not None,
        token_is_mapped=OF_SESSION in texts.get("header.toml", "") or all(OF_SESSION in each for each in asking),
        container=container,
    )
    texts["profile.toml"] = profile_text(survey, choices)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return Skeleton(
        folder=folder,
        roles=roles,
        unserved=[
            *survey.unserved,
            *requests.unserved,
            *_without_use(survey, roles),
            *_without_token(survey, roles),
            *_open_to_all(survey),
        ],
        files=sorted(texts),
        states_security=survey.demands.is_stated,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Requests:
    """Drafts of the mappings that make requests. ``unserved`` are the required parts that none of them can write."""

    is_json: bool
    has_session: bool
    unserved: list[GatewayError] = field(default_factory=list)

    def of(self, name: str, kind: str, operation: SurveyedOperation) -> str:
        told = f"The request of {operation.name}. A source marked `a guess` was chosen by its name: compare it."
        return self._draft(name, kind, told, operation.request, operation.name)

    def header(self, block: Group) -> str:
        text = self._draft("header", "call-to-header", "The header block of every request.", block, "header")
        blank = f'from = "{BLANK}"'
        if self.has_session and OF_SESSION not in text and text.count(blank) == 1:
            # What a login gives stands nowhere else.
            text = text.replace(blank, f'from = "{OF_SESSION}"    # a guess', 1)
        return text

    def _draft(self, name: str, kind: str, told: str, tree: Group, where: str) -> str:
        draft = MappingDraft(name, kind, is_json=self.is_json, has_session=self.has_session)
        draft.remark(told, "")
        draft.request(tree)
        self.unserved.extend(GatewayError("unserved.part", where=where, detail=each) for each in draft.unwritten)
        return draft.text


def _without_use(survey: Survey, roles: Roles) -> Iterator[GatewayError]:
    for each in survey.operations:
        if each.name not in roles.by_role.values():
            code = "unserved.login" if LOGIN.search(each.name) else "unserved.operation"
            yield GatewayError(code, where=each.name)


def _without_token(survey: Survey, roles: Roles) -> Iterator[GatewayError]:
    """Yield the schemes that want a token which nothing gives."""
    if Role.LOGIN not in roles.by_role and survey.demands.oauth2_scopes is None:
        for name in survey.demands.bearer_schemes:
            yield GatewayError("unserved.security", where=name, detail="bearer, and no operation that logs in is named")


def _open_to_all(survey: Survey) -> Iterator[GatewayError]:
    if survey.demands.address.lower().startswith("http:"):
        yield GatewayError("unserved.http", where=survey.service.name, detail=survey.demands.address)
