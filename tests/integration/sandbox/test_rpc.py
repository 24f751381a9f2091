"""The sandbox by eblagh-rpc-1: what it publishes, what it refuses and how, and one judiciary behind every contract."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from adapters.crypto.message.credentials import Credentials
from adapters.sandbox.contracts.rasid import event_of
from adapters.sandbox.judiciary.config import RpcConfig, SandboxConfig
from adapters.sandbox.judiciary.ledger import ledger, refused
from adapters.shipped.resources import PROFILES
from gateway.notice.notice import sha256
from tests.manual_clock import ManualClock

from .conftest import Sandbox
from .municipality import Municipality, notice
from .rpc_caller import KNOWN, NAMESPACE, RpcCaller, registration, texts, wrapped

SOON, REFUSED, ILLEGIBLE = "9990000001", "9999100001", "9999900001"
NOBODY = "EB-" + "A" * 32


@pytest.fixture
def config(config: SandboxConfig) -> SandboxConfig:
    return replace(config, rpc=RpcConfig(credentials=KNOWN))


@pytest.fixture
def caller(pki: Path, sandbox: Sandbox, clock: ManualClock) -> Iterator[RpcCaller]:
    made = RpcCaller(pki, sandbox.address + "-rpc", clock)
    yield made
    made.session.close()


def inquiry() -> etree._Element:
    return wrapped("EstelamEblagh", *texts("ShomareErja", NOBODY))


def test_the_published_contract_is_served_as_it_is(caller: RpcCaller) -> None:
    base = caller.address.removesuffix("/eblagh-rpc")
    for path, name in (
        ("/eblagh-rpc?wsdl", "service.wsdl"),
        ("/messages.xsd", "messages.xsd"),
        ("/rasid.xsd", "rasid.xsd"),
    ):
        answer = caller.session.get(base + path, timeout=600)
        assert (answer.status_code, answer.content) == (200, (PROFILES / "eblagh-rpc-1" / name).read_bytes())
    assert caller.session.get(base + "/profile.toml", timeout=600).status_code == 404


def test_a_notice_is_registered_with_numbers_and_jalali_times(caller: RpcCaller, municipality: Municipality) -> None:
    [seal] = municipality.sealed(notice(SOON))
    reported = caller.register(seal)
    assert reported.status == 200
    assert (reported.said("ShomareErja"), reported.said("CodeVaziat")) == ([seal.reference], ["100"])
    [rahgiri], [zaman] = reported.said("ShomareRahgiri"), reported.said("ZamaneSabt")
    assert rahgiri.startswith("S")
    assert zaman[:2] == "۱۴"
    assert reported.facts.claims["Action"] == f"{NAMESPACE}:SabtEblaghResponse"
    asked = caller.call("EstelamEblagh", *texts("ShomareErja", seal.reference, NOBODY))
    assert asked.said("CodeVaziat") == ["100", "0"]
    assert asked.said("ShomareRahgiri") == [rahgiri]


@pytest.mark.parametrize(("identifier", "number"), [(REFUSED, "102"), (ILLEGIBLE, "104")])
def test_a_refusal_has_a_number_and_persian_words(
    caller: RpcCaller, municipality: Municipality, identifier: str, number: str
) -> None:
    reported = caller.register(*municipality.sealed(notice(identifier)))
    assert (reported.said("CodeVaziat"), reported.said("CodeKhata")) == (["200"], [number])
    assert "\u0600" < reported.said("SharheKhata")[0][0] < "\u06ff"


STRANGERS: dict[str, dict[str, Any]] = {
    "no token": {"credentials": None},
    "another password": {"credentials": Credentials(username="eblagh-tehran", password=b"123456")},
    "another user": {"credentials": replace(KNOWN, username="eblagh-shiraz")},
    "an old token": {"token_age": timedelta(minutes=30)},
    "a token of the future": {"token_age": timedelta(minutes=-30)},
    "another's signature": {"by_stranger": True},
    "another operation's action": {"action": f"{NAMESPACE}:TaeideRasid"},
}
CODES = {
    "no token": ("401", "verify.token-missing"),
    "another password": ("401", "verify.token-password"),
    "another user": ("401", "verify.token-password"),
    "an old token": ("408", "verify.stale"),
    "a token of the future": ("400", "verify.not-yet"),
    "another's signature": ("401", "verify.unknown-certificate"),
    "another operation's action": ("400", "verify.addressing"),
}


@pytest.mark.parametrize("stranger", list(STRANGERS))
def test_who_is_not_known_beside_the_signature_gets_a_signed_fault(
    caller: RpcCaller, config: SandboxConfig, stranger: str
) -> None:
    reported = caller.answer_to(caller.signed(inquiry(), **STRANGERS[stranger]))
    number, code = CODES[stranger]
    assert (reported.status, reported.number) == (400, number)
    assert [item["code"] for item in refused(config.ledger)] == [code]
    believed = stranger not in {"no token", "another's signature"}
    assert ("RelatesTo" in reported.facts.claims) == believed


@pytest.mark.parametrize(
    ("spoil", "number"),
    [
        (lambda c, s: registration(s, chekide="0" * 64), "422"),
        (lambda c, s: registration(s, identifier="12"), "422"),
        (lambda c, s: wrapped("EstelamEblagh"), "422"),
        (lambda c, s: wrapped("ErsaleRasid", *texts("ShomareRasid", "1")), "400"),
    ],
)
def test_what_is_signed_and_wrong_is_told_by_its_number(
    caller: RpcCaller,
    municipality: Municipality,
    config: SandboxConfig,
    spoil: Callable[..., etree._Element],
    number: str,
) -> None:
    [seal] = municipality.sealed(notice(SOON))
    reported = caller.answer_to(caller.signed(spoil(caller, seal)))
    assert (reported.status, reported.number) == (400, number)
    assert list(ledger(config.ledger)) == []


def test_a_message_is_acted_on_once(caller: RpcCaller, municipality: Municipality, config: SandboxConfig) -> None:
    wire = caller.signed(registration(*municipality.sealed(notice(SOON))))
    assert caller.answer_to(wire).status == 200
    assert caller.answer_to(wire).number == "409"
    assert [line["submissions"] for line in ledger(config.ledger)] == [1]


@pytest.mark.parametrize("media", ["text/xml", "application/soap+xml; charset=utf-16", "multipart/related"])
def test_http_that_is_not_the_contracts_is_refused_unread(caller: RpcCaller, media: str) -> None:
    assert caller.post(caller.signed(inquiry()), media).status_code == 415
    assert caller.session.get(caller.address, timeout=600).status_code == 404


def test_one_judiciary_stands_behind_every_contract(
    caller: RpcCaller, municipality: Municipality, config: SandboxConfig, clock: ManualClock
) -> None:
    seals = municipality.sealed(notice(SOON))
    [rahgiri] = caller.register(*seals).said("ShomareRahgiri")
    assert municipality.inquire(Reference=seals[0].reference).results()[0]["TrackingNumber"] == rahgiri
    municipality.submit(seals)
    assert [line["submissions"] for line in ledger(config.ledger, clock)] == [2], "it does not forgive, either way"


def test_each_contract_gets_its_own_receipts_in_its_own_form(
    caller: RpcCaller, municipality: Municipality, clock: ManualClock
) -> None:
    by_rpc, by_soap = municipality.sealed(notice(SOON, 1), notice(SOON, 2))
    caller.register(by_rpc)
    municipality.submit([by_soap])
    clock.advance(days=4)
    ours = [municipality.judge(octets) for octets in municipality.fetch().receipts()]
    assert [claims["Reference"] for claims in ours] == [by_soap.reference] * 2
    reported = caller.call("DaryafteRasid", *texts("Tedad", "10"))
    assert reported.said("BazHast") == ["false"]
    assert len(reported.said("SanadeRasid")) == 2
    first = reported.said("ShomareRasid")[0]
    assert (
        caller.call("DaryafteRasid", *texts("PasAz", reported.said("Akharin")[0]), *texts("Tedad", "10")).said(
            "ShomareRasid"
        )
        == []
    )
    assert caller.call("TaeideRasid", *texts("ShomareRasid", first, "S-0")).said("Tedad") == ["1"]


def test_a_receipt_says_what_it_is_about(caller: RpcCaller, municipality: Municipality, clock: ManualClock) -> None:
    [seal] = municipality.sealed(notice(SOON))
    caller.register(seal)
    clock.advance(days=4)
    reported = caller.call("DaryafteRasid", *texts("Tedad", "1"))
    event = event_of(base64.b64decode(reported.said("SanadeRasid")[0]))
    assert (event.reference, event.seal_digest) == (seal.reference, sha256(seal.octets))
    assert event.event.value == "ContentConsignment"
    assert reported.said("BazHast") == ["true"]


class TestWithoutRpc:
    """A sandbox that was not told who calls by this contract serves it to nobody."""

    @pytest.fixture
    def config(self, config: SandboxConfig) -> SandboxConfig:
        return replace(config, rpc=None)

    def test_the_contract_is_not_there(self, caller: RpcCaller) -> None:
        assert caller.post(caller.signed(inquiry())).status_code == 404
