"""Settings of a profile that the gateway does not support under its protocol: they are refused, never ignored."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from adapters.settings.profile_sections.jws import JwsSection
from adapters.settings.profile_sections.profile_file import RECEIPT_OPERATIONS, ProfileFile, ProtocolName
from adapters.settings.profile_sections.receipt import ReceiptForm
from adapters.settings.profile_sections.session import SessionKind
from adapters.settings.profile_sections.trust import RequestsSection, Trust, TrustSection
from gateway.judiciary.capabilities import ReceiptWay, SealPlace

_RECEIPT_WAYS: Final = {
    ProtocolName.MAPPED: frozenset(ReceiptWay),
    ProtocolName.REST_MAPPED: frozenset({ReceiptWay.CURSOR, ReceiptWay.POLL}),
    ProtocolName.PLAIN_REST: frozenset({ReceiptWay.CURSOR, ReceiptWay.POLL}),
}
"""Supported ways of receipts by protocol; any other protocol has the cursor alone."""

_SEAL_PLACES: Final = {
    ProtocolName.MAPPED: frozenset(SealPlace),
    ProtocolName.REST_MAPPED: frozenset({SealPlace.INSIDE, SealPlace.NONE}),
    ProtocolName.PLAIN_REST: frozenset({SealPlace.INSIDE, SealPlace.NONE}),
}
"""Supported places of the seal by protocol; any other protocol carries it inside."""

_WITH_SIGNATURE: Final = "it goes with requests.signed = true alone"


def _of_rest(file: ProfileFile) -> Iterator[tuple[list[str], Any]]:
    """Yield the keys that name parts of a JWS, which this protocol has not."""
    if file.security.jws != JwsSection():
        yield ["security", "jws"], file.protocol.value
    for key, section in file.operations or ():
        for name in ("request_schema", "answer_schema"):
            if section is not None and getattr(section, name) is not None:
                yield ["operations", key, name], file.protocol.value


def _of_plain_rest(file: ProfileFile) -> Iterator[tuple[list[str], Any]]:
    """Yield the keys that plain REST alone has, or has not."""
    if file.protocol is not ProtocolName.PLAIN_REST:
        if file.codes.http:
            yield ["codes", "http"], file.protocol.value
        served = (SessionKind.NONE, SessionKind.LOGIN) if file.protocol is ProtocolName.MAPPED else (SessionKind.NONE,)
        if file.session.kind not in served:
            yield ["session", "kind"], file.session.kind.value
        return
    if file.trust.answers is not Trust.CONNECTION:
        yield ["trust", "answers"], file.trust.answers.value
    if file.codes.fault is not None:
        yield ["codes", "fault"], file.codes.fault
    if file.session.kind is SessionKind.OAUTH2 and file.security.http_basic:
        yield ["security", "http_basic"], "true"
    for key, section in file.operations or ():
        if section is not None and section.answer_action is not None:
            yield ["operations", key, "answer_action"], section.answer_action


def _is_whole_answer(file: ProfileFile) -> bool:
    """Return True if a poll's answer is nothing but its receipts, which no mapping has to name."""
    return file.receipt is not None and file.receipt.form is ReceiptForm.ELEMENT


def _unserved_form(file: ProfileFile) -> Iterator[tuple[list[str], Any]]:
    """Yield a form of receipts that this way of receipts, or this protocol, cannot carry."""
    form = ReceiptForm.DOCUMENT if file.receipt is None else file.receipt.form
    pushed = file.capabilities.receipts is ReceiptWay.CALLBACK
    if (pushed and form.rests_on_answer) or (file.protocol.is_rest and form is ReceiptForm.ELEMENT):
        yield ["receipt", "form"], form.value


def unserved_settings(file: ProfileFile) -> Iterator[tuple[list[str], Any]]:
    """Yield the keys of every setting that the gateway does not support, each with its value."""
    yield from _of_plain_rest(file)
    if file.protocol is not ProtocolName.MAPPED:
        if file.trust != TrustSection() and file.protocol is not ProtocolName.PLAIN_REST:
            yield ["trust", "answers"], file.trust.answers.value
        if file.requests != RequestsSection():
            yield ["requests", "signed"], file.protocol.value
    if file.codes.container is not None and not file.protocol.is_mapped:
        yield ["codes", "container"], file.protocol.value
    if not file.requests.signed and file.security.username_token:
        yield ["security", "username_token"], f"true: {_WITH_SIGNATURE}"
    if not file.requests.signed and file.capabilities.seal is SealPlace.ATTACHMENT:
        yield ["capabilities", "seal"], f"{file.capabilities.seal.value}: {_WITH_SIGNATURE}"
    if file.capabilities.receipts not in _RECEIPT_WAYS.get(file.protocol, frozenset({ReceiptWay.CURSOR})):
        yield ["capabilities", "receipts"], file.capabilities.receipts.value
    if file.protocol.is_rest and file.security.username_token:
        yield ["security", "username_token"], "true"
    places = _SEAL_PLACES.get(file.protocol, frozenset({SealPlace.INSIDE}))
    if file.capabilities.seal not in places:
        yield ["capabilities", "seal"], file.capabilities.seal.value
    yield from _unserved_form(file)
    if file.operations is not None:
        for key in ("submit", "inquire", "ticket", "login", "account", *RECEIPT_OPERATIONS.values()):
            bound = getattr(file.operations, key)
            if bound is not None and bound.answer is None and not (key == "poll" and _is_whole_answer(file)):
                yield ["operations", key], "without a mapping of its answer"
        if (confirm := file.operations.confirm) is not None and confirm.answer is not None:
            yield ["operations", "confirm", "answer"], f"{confirm.answer}: nothing of a confirmation's answer is read"
    if file.protocol not in (ProtocolName.REST_MAPPED, ProtocolName.REST):
        yield from _of_rest(file)
    elif file.protocol is ProtocolName.REST and file.security.jws != JwsSection():
        yield ["security", "jws"], file.protocol.value
    if file.protocol.is_rest:
        for line in file.security.answers.switched:
            key, _, value = line.partition(" = ")
            if key != "algorithms":
                yield ["security", "answers", key], value
