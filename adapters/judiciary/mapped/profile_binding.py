"""Binding of a contract by a profile's files, whatever the form of its messages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from adapters.contracts.mapping_files import KindParts, places_of
from adapters.judiciary.mapped.contract import MappedContract, MappedOperation
from adapters.judiciary.mapped.error_container import NO_CODE, ErrorContainer, Errors
from adapters.judiciary.mapped.form import Form
from adapters.judiciary.mapped.push import MappedPush
from adapters.judiciary.mapped.receipts.receipt_binding import receipt_form, receipt_program
from adapters.judiciary.mapped.sealed_notice import DocumentLimits
from adapters.judiciary.operations import CONFIRM_RECEIPTS, FETCH_RECEIPTS, INQUIRE_ACCOUNTS, LOGIN
from adapters.judiciary.wire import Content
from adapters.settings import JudiciaryProfile, place_of
from adapters.settings.profile import FILE
from adapters.settings.profile_sections.operations import OperationSection, OperationsSection
from adapters.settings.profile_sections.profile_file import ProtocolName
from adapters.settings.profile_sections.receipt import ReceiptForm
from adapters.settings.profile_sections.session import SessionKind
from gateway.judiciary.capabilities import ReceiptWay, SealPlace
from gateway.judiciary.courier import Operation
from gateway.judiciary.outcome_codes import MAPPED_CODES
from gateway.mapping.kinds.call_context import Context, context_under
from gateway.mapping.kinds.exchange_schemas import (
    by_reference,
    in_own_words,
    page_request_of,
    page_under,
    with_empty_receipts,
    without_tickets,
)
from gateway.mapping.kinds.kind_catalogue import KINDS
from gateway.mapping.kinds.seal_places import submission_of
from gateway.mapping.model.paths import SESSION, TEXT
from gateway.mapping.model.schema import Group, Leaf
from gateway.mapping.model.values import Type
from gateway.mapping.program.program import Program
from gateway.mapping.program.reads_of_source import taken, takes_by_place
from gateway.runtime.errors import GatewayError

_KINDS: Final = {
    Operation.SUBMIT.value: ("notice-to-message", "answer-to-outcome"),
    Operation.INQUIRE_STATUS.value: ("inquiry-to-message", "answer-to-standing"),
    Operation.INQUIRE_TICKET.value: ("ticket-to-message", "answer-to-ticket"),
    LOGIN: ("login-to-message", "answer-to-session"),
    FETCH_RECEIPTS: ("page-to-message", "answer-to-page"),
    CONFIRM_RECEIPTS: ("confirmation-to-message", ""),
    INQUIRE_ACCOUNTS: ("account-to-message", "answer-to-account"),
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
    section = profile.file.receipt
    return asks, _STATUS_KIND if section is not None and section.form is ReceiptForm.STATUS else tells


Values = Mapping[str, str]
"""Values of the configuration for mappings, by name."""

NO_VALUES: Final[Values] = {}


def contract_of(
    profile: JudiciaryProfile,
    form: Form[Content],
    bound: Mapping[str, MappedOperation],
    container: Errors | None,
    values: Values,
    push: MappedPush | None = None,
) -> MappedContract[Content]:
    """Return the contract in a ``form`` with its ``bound`` operations; ``container`` reads errors inside answers.

    Raises `GatewayError` ``courier.contract`` if no message carries the seal, the paper or the attachments that
    notices may have, or if a call about several notices is made of the first alone.
    """
    submit = bound.get(Operation.SUBMIT.value)
    if submit is not None:
        _assert_carries(profile, submit.request)
    _assert_about_all(profile, bound)
    receipts = bound.get(FETCH_RECEIPTS)
    return MappedContract(
        form=form,
        bound=bound,
        receipt=receipt_program(profile),
        receipt_form=receipt_form(profile, None if receipts is None else receipts.answer),
        seal=profile.capabilities.seal,
        probe=probe_of(profile),
        push=push,
        polls=profile.file.operations is not None and profile.file.operations.poll is not None,
        container=container,
        values=values,
        paging=profile.file.paging.value,
        codes=MAPPED_CODES if profile.file.protocol.is_mapped else profile.codes,
        is_ours=not profile.file.protocol.is_mapped,
        judged=profile.file.protocol.is_mapped,
        limits=DocumentLimits(documents=profile.file.most_documents, octets=profile.file.limits.attachment_bytes),
    )


_DERIVED: Final = frozenset({"digest", "size"})
"""Transforms of octets after which the octets themselves are gone."""


def _assert_carries(profile: JudiciaryProfile, request: Program) -> None:
    """Raise `GatewayError` ``courier.contract`` for the mapping of a submission that forgets what is to be served."""
    carried = [each.names for each in taken(request.members) if _DERIVED.isdisjoint(each.steps)]
    seal, most, lost = profile.capabilities.seal, profile.file.most_documents, ""
    if seal is SealPlace.INSIDE:
        if not any("seal" in names and names & {"octets", "element"} for names in carried):
            lost = (
                'capabilities.seal = "inside", but the mapping of the submission takes no seal.octets or seal.element'
            )
    elif seal is SealPlace.NONE:
        if not any("octets" in names and names & {"document", "documents"} for names in carried):
            lost = 'capabilities.seal = "none", and the mapping of the submission takes no document.octets'
        elif most > 1 and not any(names >= {"documents", "octets"} for names in carried):
            lost = f"limits.documents = {most}, but the mapping of the submission reads no documents"
    if lost:
        raise GatewayError("courier.contract", where=request.name, detail=lost)


def most_notices(profile: JudiciaryProfile) -> Mapping[str, tuple[str, int]]:
    """Return how many notices a call of each operation may be about, with the key of the limit."""
    limits, polls = profile.file.limits, profile.capabilities.receipts is ReceiptWay.POLL
    return {
        Operation.SUBMIT.value: ("batch_notices", profile.batch_notices),
        Operation.INQUIRE_STATUS.value: ("inquiry_notices", limits.inquiry_notices),
        FETCH_RECEIPTS: ("poll_notices", limits.poll_notices if polls else 1),
    }


def _assert_about_all(profile: JudiciaryProfile, bound: Mapping[str, MappedOperation]) -> None:
    """Raise `GatewayError` ``courier.contract`` for a request about several notices that names a fixed one."""
    for operation, (key, most) in most_notices(profile).items():
        if operation in bound and most > 1 and takes_by_place(bound[operation].request.members, "notices"):
            detail = f"limits.{key} = {most}, but the mapping takes notices by their place alone, such as notices[0]"
            raise GatewayError("courier.contract", where=bound[operation].request.name, detail=detail)


def container_of(profile: JudiciaryProfile) -> ErrorContainer | None:
    """Return the part of ordinary answers that tells errors, if the profile names one."""
    codes = profile.file.codes
    if (told := codes.container) is None:
        return None
    return ErrorContainer(
        code=tuple(told.code.split(".")),
        text=tuple(told.text.split(".")) if told.text else None,
        good=frozenset(told.good) | ({NO_CODE} if told.only_if_failed else set()),
        faults=codes.told | profile.ended,
    )


def assert_paths_lead(profile: JudiciaryProfile, answers: Sequence[Group]) -> None:
    """Raise `GatewayError` ``profile.path`` for a path that leads to no value in any of the ``answers``.

    They are the trees of the answers of all bound operations, as `adapters.judiciary.mapped.form.Form.tree` has them.
    """
    container, echo = profile.file.codes.container, profile.file.trust.echo
    if container is not None:
        _assert_leads(profile, ("codes", "container", "code"), container.code, answers)
        _assert_leads(profile, ("codes", "container", "text"), container.text, answers)
    _assert_leads(profile, ("trust", "echo"), echo, answers)


def assert_fault_leads(profile: JudiciaryProfile, faults: Sequence[Group]) -> None:
    """Raise `GatewayError` ``profile.path`` if ``codes.fault`` leads to no value in any of these faults."""
    _assert_leads(profile, ("codes", "fault"), profile.file.codes.fault, faults)


def names_paths(profile: JudiciaryProfile) -> bool:
    """Return True if a profile has paths that `assert_paths_lead` judges."""
    return profile.file.codes.container is not None or profile.file.trust.echo is not None


def _assert_leads(profile: JudiciaryProfile, key: tuple[str, ...], path: str | None, trees: Sequence[Group]) -> None:
    if path is None or any(_leads(tree, tuple(path.split("."))) for tree in trees):
        return
    where = f"{place_of(profile.folder / FILE, *key)}, {'.'.join(key)}"
    raise GatewayError("profile.path", where=where, detail=path)


def _leads(here: Group | Leaf, path: tuple[str, ...]) -> bool:
    """Return True if a text may stand at a path, as `adapters.judiciary.mapped.form.texts_at` reads it.

    A step ``*`` leads to any member.
    """
    if isinstance(here, Leaf):
        return not path or path == (TEXT,) or (here.type is Type.ANY and here.check is None)
    if here.is_open or not path:
        return here.is_open or TEXT in here.members
    names = here.members if path[0] == "*" else path[:1]
    return any(_leads(here.members[name], path[1:]) for name in names if name in here.members)


def probe_of(profile: JudiciaryProfile) -> Operation | None:
    """Return the operation that stands in for a question about a person."""
    if not profile.can_be_tried:
        return None
    return Operation.INQUIRE_STATUS if profile.capabilities.can_prove_absence else Operation.FETCH_RECEIPTS


def sections_of(sections: OperationsSection) -> Iterator[tuple[str, OperationSection]]:
    yield Operation.SUBMIT.value, sections.submit
    if sections.inquire is not None:
        yield Operation.INQUIRE_STATUS.value, sections.inquire
    if sections.ticket is not None:
        yield Operation.INQUIRE_TICKET.value, sections.ticket
    if (receipts := sections.receipts or sections.poll) is not None:
        yield FETCH_RECEIPTS, receipts
    if sections.confirm is not None:
        yield CONFIRM_RECEIPTS, sections.confirm
    if sections.account is not None:
        yield INQUIRE_ACCOUNTS, sections.account
    if sections.login is not None:
        yield LOGIN, sections.login


def known_of(profile: JudiciaryProfile, kind: str, values: Values) -> KindParts:
    """Return the parts of a mapping of ``kind`` that differ under a profile and the configuration's values."""
    sources = {
        "notice-to-message": submission_of(profile.capabilities.seal, in_xml=not profile.file.protocol.is_rest),
        "page-to-message": page_request_of(profile.file.paging.by),
    }
    is_ours = not profile.file.protocol.is_mapped
    target = page_under(profile.file.paging.by) if kind == "answer-to-page" else None
    if target is not None and is_ours:
        target = with_empty_receipts(target)
    several = {
        "answer-to-outcome": profile.batch_notices > 1,
        "answer-to-standing": profile.file.limits.inquiry_notices > 1,
    }
    if kind in several:
        target = KINDS[kind].target if profile.file.ticket is not None else without_tickets(KINDS[kind].target)
        target = by_reference(target) if several[kind] else target
        target = in_own_words(target) if is_ours else target
    return KindParts(
        source=sources.get(kind),
        target=target,
        context=context_of(profile, kind, values),
    )


def context_of(profile: JudiciaryProfile, kind: str, values: Values) -> Context:
    """Return the namespaces of mappings of ``kind`` under a profile and the configuration's values."""
    return context_under(
        KINDS[kind].context,
        values,
        has_status=profile.file.protocol is ProtocolName.PLAIN_REST,
        has_session=profile.file.session.kind is SessionKind.LOGIN,
    )


def token_places(profile: JudiciaryProfile, file: str) -> tuple[str, ...]:
    """Return the targets of a request's mapping that have the session's token."""
    if profile.file.session.kind is not SessionKind.LOGIN:
        return ()
    return places_of(profile.mappings / file, SESSION)


def assert_session_has_place(profile: JudiciaryProfile, contract: MappedContract[Content]) -> MappedContract[Content]:
    """Return the contract. Raises `GatewayError` ``courier.contract`` for a request without the session's token."""
    session = profile.file.session
    if session.kind is not SessionKind.LOGIN or session.header is not None or session.cookie is not None:
        return contract
    for operation in contract.bound:
        if operation != LOGIN and not contract.token_places(operation):
            detail = (
                f"{operation}: no field of its request reads $session.token, and [session] names no header or cookie"
            )
            raise GatewayError("courier.contract", where=profile.name, detail=detail)
    return contract
