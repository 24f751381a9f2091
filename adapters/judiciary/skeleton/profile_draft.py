"""Text of a profile's first ``profile.toml``, by the survey of its contract."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from adapters.judiciary.skeleton.container_guess import ContainerGuess
from adapters.judiciary.skeleton.survey import Role, Survey
from adapters.judiciary.skeleton.written_names import one_line, quoted
from gateway.judiciary.capabilities import ReceiptWay
from gateway.judiciary.paging import PagingWay
from gateway.runtime.toml_file import BLANK

CONTRACT: Final = "contract"
"""Folder of the contract's files in a profile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """Decisions that `profile init` took. ``files`` are request and answer of each role; ``names`` its operation.

    ``token_is_mapped``: mappings write the token of a login into every request.
    """

    names: Mapping[Role, str]
    guessed: frozenset[Role]
    files: Mapping[Role, tuple[str, str]]
    way: ReceiptWay
    paging: PagingWay
    has_header: bool
    token_is_mapped: bool
    container: ContainerGuess | None


def profile_text(survey: Survey, choices: Choices) -> str:
    """Return the file's text."""
    return "\n".join(_lines(survey, choices)) + "\n"


def _lines(survey: Survey, choices: Choices) -> Iterator[str]:
    soap, needs = survey.protocol == "soap-mapped", survey.demands
    service, messages = (each.relative_to(survey.service.parent) for each in (survey.service, survey.messages))
    yield from [
        f"# First version, made of {one_line(survey.service.name)}. Replace each {BLANK}: `profile check` lists them.",
        "# docs/connect/judiciary-profiles.md explains each key.",
        "format = 1",
        f"title = {quoted(survey.title[:100])}",
        f"title_fa = {quoted(survey.title[:100])}",
        f"protocol = {quoted(survey.protocol)}",
        "",
        "[contract]",
        f"service = {quoted(f'{CONTRACT}/{service.as_posix()}')}",
        f"messages = {quoted(f'{CONTRACT}/{messages.as_posix()}')}",
        "",
        "[trust]",
    ]
    if soap and needs.signed:
        relation = "relates-to" if needs.addressing else "echo"
        yield from [
            'answers = "signed"                      # the WSDL has a policy of signatures',
            f'relation = "{relation}"',
        ]
        yield from (
            []
            if needs.addressing
            else [f'echo = "{BLANK}"                       # the element of an answer that repeats $call.id']
        )
    else:
        yield 'answers = "connection"                  # nothing says that answers are signed: "signed", if they are'
        yield 'relation = "connection"                 # "echo", if answers repeat an id of the call'
    if soap:
        yield from _requests(survey, choices)
    security = list(_security(survey))
    yield from ["", "[security]", *security] if security else []
    yield from _session(survey, choices)
    for role in Role:
        if role in choices.files:
            yield from _operation(role, choices)
    if Role.TICKET in choices.files:
        yield from [
            "",
            "[ticket]                                # how often, and how long, a ticket is asked about: ask",
            "every_seconds = 60",
            "give_up_after_hours = 24",
            "submit_again = false                    # true, if DEFERRED proves that nothing was acted on",
        ]
    yield from [
        "",
        "[receipt]",
        'form = "status"                         # stated by an answer; or "document", "element", "jws"',
    ]
    if choices.way is ReceiptWay.CURSOR and choices.paging is not PagingWay.CURSOR:
        yield from ["", "[paging]", f'by = "{choices.paging.value}"                              # a guess']
    yield from _codes(survey, choices)
    inquiry = "by-reference" if Role.INQUIRE in choices.names else "none"
    yield from [
        "",
        "[limits]                                # what the service bears: ask",
        "batch_notices = 1",
        "inquiry_notices = 1",
        "",
        "[capabilities]",
        f'inquiry = "{inquiry}"',
        "batches = false",
        f'receipts = "{choices.way.value}"',
        'seal = "none"                           # "inside", where the sealed notice travels in the message',
    ]  # fmt: skip


def _requests(survey: Survey, choices: Choices) -> Iterator[str]:
    needs = survey.demands

    def word(value: bool) -> str:
        return "true" if value else "false"

    yield from ["", "[requests]", f"signed = {word(needs.signed)}", f"addressing = {word(needs.addressing)}"]
    yield f"timestamp = {word(needs.timestamp)}"
    if needs.signed and not needs.addressing and not needs.timestamp:
        yield "body_alone = true"
    if choices.has_header:
        yield 'header = "header.toml"                  # the WSDL demands this soap:header'


def _security(survey: Survey) -> Iterator[str]:
    needs = survey.demands
    if needs.username_token:
        yield "username_token = true"
    if needs.mutual_tls:
        yield "mutual_tls = true"
    if needs.http_basic and needs.oauth2_scopes is None:
        yield "http_basic = true"
    if needs.secret_headers:
        yield f"secret_headers = [{', '.join(map(quoted, needs.secret_headers))}]"


def _session(survey: Survey, choices: Choices) -> Iterator[str]:
    needs = survey.demands
    if Role.LOGIN in choices.files:
        yield from [
            "",
            "[session]",
            'kind = "login"                          # [judiciary.login] of the configuration has the user',
            f'ended = ["{BLANK}"]                  # codes by which a session has ended, and nothing was acted on',
        ]
        if needs.bearer_schemes and not needs.http_basic:  # both would write Authorization
            yield from ['header = "Authorization"', 'scheme = "Bearer"']
        elif not choices.token_is_mapped:
            remark = "HTTP header of the token; or cookie; delete it where mappings read $session.token"
            yield f'header = "{BLANK}"                   # {remark}'
    elif needs.oauth2_scopes is not None:
        yield from [
            "",
            "[session]",
            'kind = "oauth2"                         # [judiciary.oauth2] of the configuration has the client',
        ]
        yield from [f"scope = {quoted(' '.join(needs.oauth2_scopes))}"] if needs.oauth2_scopes else []


def _operation(role: Role, choices: Choices) -> Iterator[str]:
    key = "poll" if role is Role.RECEIPTS and choices.way is ReceiptWay.POLL else role.value
    request, answer = choices.files[role]
    name = choices.names.get(role)
    remark = "    # a guess, by its name" if role in choices.guessed else ""
    yield from ["", f"[operations.{key}]", f"name = {quoted(name or BLANK)}{remark}"]
    yield from [f"request = {quoted(request)}", f"answer = {quoted(answer)}"]


def _codes(survey: Survey, choices: Choices) -> Iterator[str]:
    if choices.container is not None:
        container = choices.container
        yield from [
            "",
            "[codes.container]                       # a guess: an ordinary answer tells errors, too",
            f"code = {quoted(container.code)}",
        ]
        yield from [] if container.text is None else [f"text = {quoted(container.text)}"]
        if container.only_if_failed:
            yield "only_if_failed = true                   # a guess: it may be absent; or good, if success has a code"
        elif survey.protocol == "soap-mapped":
            yield f'good = ["{BLANK}"]                   # codes after which the rest of an answer is read'
    yield from ["", "[codes]"]
    if survey.fault is not None:
        yield f"fault = {quoted(survey.fault)}         # where a fault has its code"
    yield from [
        "busy = []                               # leave it in peace for a while",
        "expired = []                            # too late",
        "credentials = []                        # our certificate, password or organisation is refused: ask",
        "schema = []                             # our form is wrong",
        "not_acted_on = []",
    ]
