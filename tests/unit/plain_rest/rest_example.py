"""The example service of plain REST as tests call it: its profile, its answers in turn, and a courier to it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from adapters.composition.judiciary.couriers import ended_codes
from adapters.http.client import HttpAnswer
from adapters.judiciary.answer_judge import ConnectionAnswers
from adapters.judiciary.call_context import CallContext, call_about
from adapters.judiciary.mapped.contract import MappedContract
from adapters.judiciary.message_courier import MessageCourier
from adapters.judiciary.plain_rest.http_message import RestRequest, written_request
from adapters.judiciary.plain_rest.plain_contract import plain_rest_contract
from adapters.judiciary.plain_rest.plain_rest_wire import PlainRestWire
from adapters.judiciary.session.token_session import Session, Tokens, bearer
from adapters.judiciary.transmission import CourierSettings
from adapters.settings import JudiciaryProfile, load_profile
from adapters.shipped.resources import ROOT
from gateway.judiciary.courier import Message, Operation
from gateway.judiciary.session_token import SessionToken
from gateway.notice.envelope import Frame
from gateway.record.masking import Secrets
from gateway.runtime.clock import steady_clock
from gateway.runtime.timekeeping import Timekeeper

RAVAN = ROOT / "examples" / "rest_oauth2" / "profile"
ENDPOINT = "https://ravan.invalid"
REFERENCE = "EB-" + "A" * 32
NOW = datetime(2026, 2, 3, 8, 30, tzinfo=UTC)


@cache
def bound(folder: Path = RAVAN) -> tuple[JudiciaryProfile, MappedContract[Any]]:
    profile = load_profile(str(folder), Path())
    return profile, plain_rest_contract(profile, {"organisation": "QOM-30417"})


def changed(tmp_path: Path, file: str, *changes: tuple[str, str]) -> Path:
    folder = tmp_path / "profile"
    shutil.copytree(RAVAN, folder, dirs_exist_ok=True)
    text = (folder / file).read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    (folder / file).write_text(text, encoding="utf-8")
    return folder


@dataclass
class FakeChannel:
    """The service: answers in turn, and what was asked."""

    answers: list[HttpAnswer]
    asked: list[tuple[str, str, bytes, Mapping[str, str]]] = field(default_factory=list)
    endpoint: str = ENDPOINT

    def ask(self, method: str, target: str, body: bytes, headers: Mapping[str, str]) -> HttpAnswer:
        self.asked.append((method, target, body, headers))
        return self.answers.pop(0)

    def send(self, wire: bytes, headers: Mapping[str, str]) -> HttpAnswer:
        return self.ask("POST", "", wire, headers)

    def assert_ready(self, now: datetime) -> None: ...


def answer(status: int, said: object = None, **headers: str) -> HttpAnswer:
    kind = "application/json" if status < 300 else "application/problem+json"
    named = {"Content-Type": kind, **{name.replace("_", "-"): value for name, value in headers.items()}}
    body = b"" if said is None else json.dumps(said).encode()
    return HttpAnswer(status=status, media_type=kind, body=body, headers=named)


def problem(status: int, code: str) -> HttpAnswer:
    said = {"type": "https://ravan.invalid/x", "title": "x", "status": status, "detail": "متن", "code": code}
    return answer(status, said)


class FakeTokens:
    """Tokens 1, 2 and so on; each is used until it is refused."""

    def __init__(self) -> None:
        self.number = 1

    def current(self) -> SessionToken:
        return SessionToken(id=str(self.number), value=str(self.number), usable_until=NOW)

    def refused(self, token: SessionToken) -> None:
        assert token.value == str(self.number)
        self.number += 1


def wire_to(*answers: HttpAnswer, profile: Path = RAVAN) -> tuple[PlainRestWire, FakeChannel]:
    _, contract = bound(profile)
    channel = FakeChannel(list(answers))
    form: Any = contract.form
    made = PlainRestWire(endpoint=ENDPOINT, channel=channel, form=form)  # type: ignore[arg-type]
    return made, channel


def courier_to(
    *answers: HttpAnswer, profile: Path = RAVAN, tokens: Tokens | None = None, secrets: Secrets | None = None
) -> tuple[MessageCourier[Any], FakeChannel]:
    """Return a courier in a session; its tokens are numbers by default."""
    reported, contract = bound(profile)
    wire, channel = wire_to(*answers, profile=profile)
    timekeeper = Timekeeper(lambda: NOW, steady_clock, timedelta(minutes=1))
    courier = MessageCourier(
        CourierSettings(destination="ravan", endpoint=ENDPOINT, codes=reported.codes, ended=ended_codes(reported)),
        wire,
        contract,
        ConnectionAnswers(wire=wire, timekeeper=timekeeper),
        clock=lambda: NOW,
        timekeeper=timekeeper,
        session=Session(tokens=tokens or FakeTokens(), headers=bearer),
        secrets=secrets,
    )
    return courier, channel


def read(made: PlainRestWire, got: HttpAnswer, operation: str = "SubmitNotices") -> Any:
    return made.read(made._written(got, operation).body)


def contract_call() -> CallContext:
    return call_about(NOW, [REFERENCE])


def message(operation: Operation) -> Message:
    """Return a message that was made before."""
    target = f"/v2/organisations/QOM-30417/letters/{REFERENCE}"
    wire = written_request(RestRequest(method="PUT", target=target, body=b"{}"), ENDPOINT)
    return Message(
        id=contract_call().id,
        operation=operation,
        references=(REFERENCE,),
        created_at=NOW,
        wire=wire,
        frame=Frame(pieces=(wire,), seals=()),
        signed=False,
    )
