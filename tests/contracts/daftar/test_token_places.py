"""Places of a session's token in requests, what of them is recorded, and profiles that lack one."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any

import pytest

from adapters.contracts.mapping_files import places_of
from adapters.crypto.message.credentials import Credentials
from adapters.http.client import HttpAnswer
from adapters.judiciary.answer_judge import ConnectionAnswers
from adapters.judiciary.channel import Unsent
from adapters.judiciary.mapped.mapped_soap import mapped_contract
from adapters.judiciary.message_courier import MessageCourier
from adapters.judiciary.session.login import LoginCall
from adapters.judiciary.session.token_session import Session
from adapters.judiciary.soap_wire import RequestForm, SoapWire
from adapters.judiciary.transmission import CourierSettings, Transmission
from adapters.settings import load_profile
from gateway.judiciary.courier import CREDENTIALS, Deferred, NotKnown
from gateway.judiciary.session_token import SessionToken
from gateway.notice.notice import sha256
from gateway.record.masking import MASK, MASKED, Secrets
from gateway.runtime.clock import steady_clock
from gateway.runtime.errors import GatewayError
from gateway.runtime.timekeeping import Timekeeper
from gateway.sending.exchange import answered, sent

from .server import USER, WORD, enveloped

PROFILE = Path(__file__).parent / "profile"
NOW = datetime(2026, 2, 3, 8, 30, tzinfo=UTC)
TOKENS = "0123456789abcdef" * 2, "f" * 32
KEY = '\n[[field]]\ntarget = "Key"\nfrom = "$session.token"\nrequired = true\n'
REFERENCE = "EB-" + "B" * 32


@dataclass
class FakeChannel:
    """The service: answers in turn, and the requests with their headers."""

    answers: list[str]
    asked: list[tuple[bytes, Mapping[str, str]]] = field(default_factory=list)
    status: int = 200

    def send(self, wire: bytes, headers: Mapping[str, str]) -> HttpAnswer:
        self.asked.append((wire, headers))
        body = enveloped(self.answers.pop(0)) if self.answers else b""
        return HttpAnswer(status=self.status, media_type="text/xml", body=body)


class Tokens:
    def __init__(self) -> None:
        self.left = list(TOKENS)

    def current(self) -> SessionToken:
        return SessionToken(id=self.left[0], value=self.left[0], usable_until=NOW)

    def refused(self, token: SessionToken) -> None:
        assert self.left.pop(0) == token.value


def changed(folder: Path, *changes: tuple[str, str, str]) -> Path:
    """Copy the profile, with texts of its files replaced; those without an old text get the new one at their end."""
    shutil.copytree(PROFILE, folder)
    for file, old, new in changes:
        text = (folder / file).read_text(encoding="utf-8")
        assert not old or text.count(old) == 1, old
        (folder / file).write_text(text.replace(old, new) if old else text + new, encoding="utf-8")
    return folder


def without_header(folder: Path, *changes: tuple[str, str, str]) -> Path:
    """Return a profile whose contract has no header block."""
    header = '<soap:header message="s:SessionHeader" part="session" use="literal"/>'
    made = changed(folder, ("profile.toml", 'header = "header.toml"\n', ""), *changes)
    file = made / "service.wsdl"
    file.write_text(file.read_text(encoding="utf-8").replace(header, ""), encoding="utf-8")
    return made


def courier_of(folder: Path, *answers: str, status: int = 200) -> tuple[MessageCourier[Any], FakeChannel]:
    profile = load_profile(f"{folder}/", Path())
    contract, channel = mapped_contract(profile), FakeChannel(list(answers), status=status)
    form: Any = contract.form
    parts: Any = {"channel": channel, "signer": None, "verifier": None, "lifetime": timedelta(minutes=5)}
    requests = RequestForm(signed=False, addressing=False, timestamp=False)
    wire = SoapWire(
        endpoint="https://daftar.invalid/", actions=form.actions, form=requests, headers=form.headers, **parts
    )
    timekeeper = Timekeeper(lambda: NOW, steady_clock, timedelta(minutes=1))
    courier = MessageCourier(
        CourierSettings(
            destination="daftar", endpoint="https://daftar.invalid/", codes=profile.codes, ended=profile.ended
        ),
        wire,
        contract,
        ConnectionAnswers(wire=wire, timekeeper=timekeeper),
        clock=lambda: NOW,
        timekeeper=timekeeper,
        session=Session(tokens=Tokens(), headers=profile.file.session.headers),
        secrets=Secrets([WORD.encode()]),
    )
    return courier, channel


def found(code: int) -> str:
    return f'<FindResult xmlns="urn:daftar:2"><Code>{code}</Code></FindResult>'


ENDED = 'ended = ["-14"]'
IN_HEADER_BLOCK = ["Session.Token"]
IN_BODY = ["Key"]


@pytest.mark.parametrize("place", [IN_HEADER_BLOCK, IN_BODY], ids=["header block", "body"])
def test_a_message_is_recorded_with_a_mark_and_sent_with_the_token(tmp_path: Path, place: list[str]) -> None:
    keys = [(f"{name}.toml", "", KEY) for name in ("submit", "inquiry", "state-request")]
    folder = changed(tmp_path / "p") if place == IN_HEADER_BLOCK else without_header(tmp_path / "p", *keys)
    courier, channel = courier_of(folder, found(-14), found(-21))
    message = courier.prepare_inquiry([REFERENCE], NOW)
    assert message.masked == tuple(place)
    assert message.wire.count(MASK.encode()) == 1
    assert message.frame.fill(lambda _: b"") == message.wire
    [record] = sent(message, "gateway", "daftar").evidence
    assert MASKED in record.header.decode()

    answer = courier.inquire(message)
    assert answer.by_reference == {REFERENCE: NotKnown()}
    for (wire, _), token in zip(channel.asked, TOKENS, strict=True):
        assert wire == message.wire.replace(MASK.encode(), token.encode())
    # The contract judges what is sent; the mark has to fit nothing.
    assert not [token for token in TOKENS if token in repr(message) + repr(answer)]


@pytest.mark.parametrize(
    ("keys", "name", "value"),
    [
        ('header = "X-Session"', "X-Session", TOKENS[0]),
        ('header = "Authorization"\nscheme = "Bearer"', "Authorization", f"Bearer {TOKENS[0]}"),
        ('cookie = "SID"', "Cookie", f"SID={TOKENS[0]}"),
    ],
)
def test_a_token_in_http_is_in_no_message(tmp_path: Path, keys: str, name: str, value: str) -> None:
    ended = 'ended = ["-14"]'
    courier, channel = courier_of(
        without_header(tmp_path / "p", ("profile.toml", ended, f"{ended}\n{keys}")), found(-21)
    )
    message = courier.prepare_inquiry([REFERENCE], NOW)
    assert message.masked == ()
    courier.inquire(message)
    [(wire, headers)] = channel.asked
    assert (wire, headers[name]) == (message.wire, value)
    assert TOKENS[0].encode() not in wire


def test_a_status_ends_a_session_where_the_profile_says_so(tmp_path: Path) -> None:
    courier, channel = courier_of(
        changed(tmp_path / "p", ("profile.toml", 'ended = ["-14"]', 'ended = ["-14", "http.401"]')), status=401
    )
    message = courier.prepare_inquiry([REFERENCE], NOW)
    answer = courier.inquire(message)
    assert len(channel.asked) == 2, "once more, and not again"
    assert answer.failure is not None
    assert answer.failure.code == "courier.session"


def test_a_session_that_ends_twice_is_never_a_doubt() -> None:
    ended = '<EnterResult xmlns="urn:daftar:2"><Code>-14</Code></EnterResult>'
    courier, channel = courier_of(PROFILE, ended, ended)
    message = courier.prepare_inquiry([REFERENCE], NOW)
    object.__setattr__(message, "operation", type(message.operation).SUBMIT)
    answer = courier.submit(message)
    assert answer.by_reference == {REFERENCE: Deferred(code="-14")}
    assert len(channel.asked) == 2


def test_a_service_that_repeats_a_secret_puts_none_into_evidence() -> None:
    echo = f'<FindResult xmlns="urn:daftar:2"><Code>-41</Code><Text>{TOKENS[0]}, {escape(WORD)}</Text></FindResult>'
    courier, _ = courier_of(PROFILE, echo)
    message = courier.prepare_inquiry([REFERENCE], NOW)
    answer = courier.inquire(message)
    assert answer.words == f"{MASK}, {MASK}"
    changes = answered(message, answer, [], "gateway", "daftar")
    [payload], [record] = changes.payloads, changes.evidence
    assert payload.octets == enveloped(echo).replace(TOKENS[0].encode(), MASK.encode()).replace(
        escape(WORD).encode(), MASK.encode()
    )
    assert payload.digest == sha256(payload.octets)
    assert payload.digest in record.header.decode()
    first = payload.octets.index(MASK.encode())
    assert f"octets {first} to {first + len(MASK)}; octets" in record.header.decode()
    assert not [secret for secret in (*TOKENS, WORD) if secret in repr(changes)]


def test_an_answer_that_is_not_believed_is_set_aside_without_secrets() -> None:
    courier, _ = courier_of(PROFILE, f"<broken>{TOKENS[0]}")
    answer = courier.inquire(courier.prepare_inquiry([REFERENCE], NOW))
    assert answer.refused is not None
    assert answer.raw == enveloped(f"<broken>{MASK}")
    assert answer.masked


@pytest.mark.parametrize(
    ("file", "old", "new", "code", "reported"),
    [
        ("inquiry.toml", "", '\n[[field]]\ntarget = "Key"\nfrom = "$session.tokens"\n', "mapping.mistakes", "session"),
        ("profile.toml", ENDED, "", "config.value", "ended is wanted"),
        ("profile.toml", ENDED, 'ended = ["-11"]', "config.value", "another meaning"),
        ("profile.toml", f'kind = "login"\n{ENDED}', "", "config.value", "operations.login"),
        ("profile.toml", ENDED, f'{ENDED}\ncookie = "a"\nheader = "b"', "config.value", "one of them"),
        ("profile.toml", ENDED, f'{ENDED}\nheader = "Content-Type"', "config.value", "a header that"),
        ("profile.toml", ENDED, f'{ENDED}\npassword = "x"', "config.unknown-key", "password"),
        ("header.toml", 'from = "$session.token"', 'value = "a"', "courier.contract", "reads $session.token"),
        ("header.toml", 'from = "$session.token"', 'value = "$session.token"', "courier.contract", "no field of"),
        (
            "header.toml",
            'from = "$session.token"',
            'value = "a"\ntitle = "a, not $session.token"\nwhen = { from = "$session.token", present = true }',
            "courier.contract",
            "reads $session.token",
        ),
    ],
)  # fmt: skip
def test_a_profile_whose_session_cannot_be_is_told(
    tmp_path: Path, file: str, old: str, new: str, code: str, reported: str
) -> None:
    with pytest.raises(GatewayError) as refusal:
        mapped_contract(load_profile(f"{changed(tmp_path / 'p', (file, old, new))}/", Path()))
    assert reported in f"{refusal.value.where} {refusal.value.detail}"
    assert code in ("mapping.mistakes", refusal.value.code)


@pytest.mark.parametrize("header", ["X-Authorization", "authorization"])
def test_a_token_and_http_basic_have_headers_of_their_own(tmp_path: Path, header: str) -> None:
    basic = ("profile.toml", "", "\n[security]\nhttp_basic = true\n")
    folder = changed(tmp_path / "p", ("profile.toml", ENDED, f'{ENDED}\nheader = "{header}"'), basic)
    if header == "X-Authorization":
        assert load_profile(f"{folder}/", Path()).file.session.header == header
    else:
        with pytest.raises(GatewayError, match=r"does not go with security\.http_basic"):
            load_profile(f"{folder}/", Path())


@pytest.mark.parametrize(
    "source",
    [
        'from = ["$call.id", "$session.token"]\ndo = [{ name = "join", with = " " }]',
        "expression = '''join(' ', ['Bearer', \"$session\".token])'''",
        "expression = '\"\\u0024session\".token'",
    ],
    ids=["paths", "expression", "another spelling"],
)
def test_each_source_of_the_token_has_a_place(tmp_path: Path, source: str) -> None:
    folder = changed(tmp_path / "p", ("header.toml", 'from = "$session.token"', source))
    assert places_of(folder / "header.toml", "$session") == ("Token",)


def login(*answers: str, in_header: bool = False) -> LoginCall[Any]:
    courier, _ = courier_of(PROFILE, *answers)
    parts: Any = courier
    transmission: Transmission[Any] = parts._transmission
    user = Credentials(username=USER, password=WORD.encode())
    return LoginCall(
        wire=parts._wire,
        contract=parts._contract,
        transmission=transmission,
        user=user,
        clock=lambda: NOW,
        in_header=in_header,
    )


def told(code: int, more: str = "") -> str:
    return f'<LoginResult xmlns="urn:daftar:2"><Code>{code}</Code>{more}</LoginResult>'


UNTIL = "<Until>1404/11/14 ساعت 12:20:00</Until>"


def test_the_end_of_a_token_is_read_as_it_is_written() -> None:
    token = login(told(0, f"<Token>abc</Token>{UNTIL}")).log_in()
    assert (token.value, token.ends_at) == ("abc", NOW + timedelta(minutes=20))
    assert token.usable_until == token.ends_at - timedelta(seconds=30)


@pytest.mark.parametrize(
    ("answer", "code", "detail"),
    [
        (told(-11, "<Text>wrong</Text>"), CREDENTIALS, "-11: wrong"),
        (told(-41, "<Text>later</Text>"), "courier.busy", "-41: later"),
        (told(-99, "<Text>broken</Text>"), "courier.token", "-99: broken"),
        (told(0), "courier.token", "Token: mapped.field-missing"),
        (told(0, "<Token>a</Token><Until>soon</Until>"), "courier.token", "Until: mapped.field-invalid"),
        (told(0, f"<Token>a b</Token>{UNTIL}"), "courier.token", "no value of a header"),
        (found(0), "verify.addressing", "another operation"),
        ("<broken", "verify.", ""),
    ],
)
def test_a_login_that_fails_says_why_and_no_secret(answer: str, code: str, detail: str) -> None:
    with pytest.raises(Unsent) as refusal:
        login(answer, in_header=True).log_in()
    assert refusal.value.code.startswith(code)
    assert detail in refusal.value.detail
    cause: BaseException | None = refusal.value
    while cause is not None:
        assert WORD not in repr(cause) + str(vars(cause))
        cause = cause.__cause__
