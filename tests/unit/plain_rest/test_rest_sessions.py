"""Sessions of plain REST: tokens by OAuth2 or by a login, and the consequence of a refused one."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.crypto.keys.token_key_file import TokenKeyFile
from adapters.crypto.message.credentials import Credentials
from adapters.http.client import HttpAnswer
from adapters.judiciary.channel import Unsent
from adapters.judiciary.plain_rest.oauth2 import OAuth2Login
from adapters.judiciary.session.login import LoginCall
from adapters.judiciary.session.shared_token import SharedToken, TokenSharing
from gateway.judiciary.courier import (
    CallFailed,
    NotKnown,
    Operation,
    Unknown,
)
from gateway.judiciary.session_token import NewToken, StoredToken
from gateway.runtime.errors import GatewayError

from .rest_example import (
    ENDPOINT,
    NOW,
    REFERENCE,
    FakeChannel,
    answer,
    bound,
    changed,
    courier_to,
    message,
    problem,
)

SECRET, TOKEN = b"s3cret/+", "opaque-token-1"


@pytest.mark.parametrize(
    ("operation", "changes", "attempts"),
    [
        ("InquireStatus", [], 2),
        ("SubmitNotices", [], 2),
        # The profile does not say that nothing was acted on: the notice is in doubt, as after any other fault.
        ("SubmitNotices", [('not_acted_on = ["busy", "closed", "internal", "token", ', "not_acted_on = [")], 1),
        ("SubmitNotices", [("replay_check_first = true", "replay_check_first = false")], 1),
    ],
)  # fmt: skip
def test_a_refused_token_is_renewed_once(
    tmp_path: Path, operation: str, changes: list[tuple[str, str]], attempts: int
) -> None:
    refused = problem(401, "token")
    made, channel = courier_to(refused, refused, refused, profile=changed(tmp_path, "profile.toml", *changes))
    sent = message(Operation(operation))
    made.submit(sent) if sent.operation is Operation.SUBMIT else made.inquire(sent)
    assert [headers["Authorization"] for *_, headers in channel.asked] == ["Bearer 1", "Bearer 2"][:attempts]


class FailingStore:
    """Store of tokens that has none and keeps none."""

    def read(self, subject: str) -> None: ...

    def keep(self, token: StoredToken, now: datetime) -> None: ...

    def forget(self, subject: str, id: str) -> None:
        raise GatewayError("store.unavailable")


class Unlocked:
    @contextmanager
    def attempt(self, name: str) -> Iterator[bool]:
        yield True


def test_a_store_that_fails_after_the_answer_decides_nothing_about_a_submission(tmp_path: Path) -> None:
    """The service may have acted on it: the profile does not say that this code proves the contrary."""
    reported: list[GatewayError] = []
    sharing = TokenSharing(
        subject="s",
        store=FailingStore(),
        cipher=TokenKeyFile(tmp_path / "key"),
        locks=Unlocked(),
        clock=lambda: NOW,
        patience=1,
        tell=reported.append,
    )
    numbers = iter(range(1, 9))
    tokens = SharedToken(
        sharing, lambda: NewToken(value=str(next(numbers)), asked_at=NOW, ends_at=NOW + timedelta(minutes=5))
    )
    doubtful = changed(tmp_path, "profile.toml", ("replay_check_first = true", "replay_check_first = false"))
    courier, channel = courier_to(problem(401, "token"), problem(401, "token"), profile=doubtful, tokens=tokens)
    told = courier.submit(message(Operation.SUBMIT))
    assert told.by_reference == {REFERENCE: Unknown(code="token")}
    assert told.raw is not None
    assert [error.code for error in reported] == ["store.unavailable"]
    courier.submit(message(Operation.SUBMIT))
    assert [headers["Authorization"] for *_, headers in channel.asked] == ["Bearer 1", "Bearer 2"]


def session(*answers: HttpAnswer) -> tuple[OAuth2Login, FakeChannel]:
    channel = FakeChannel(list(answers), endpoint=f"{ENDPOINT}/oauth/token")
    client = Credentials(username="qom:1", password=SECRET)
    to_server: Any = channel
    return OAuth2Login(to_server, client, {"scope": "a b", "resource": "urn:x"}, lambda: NOW), channel


def token(text: str = TOKEN, life: int = 300) -> HttpAnswer:
    return answer(200, {"access_token": text, "token_type": "Bearer", "expires_in": life})


def test_a_token_is_asked_for_by_the_client_and_kept_until_shortly_before_its_end() -> None:
    made, channel = session(token())
    got = made.log_in()
    assert (got.value, got.usable_until) == (TOKEN, NOW + timedelta(seconds=270))
    [(_, _, form, headers)] = channel.asked
    assert form == b"grant_type=client_credentials&scope=a+b&resource=urn%3Ax"
    assert base64.b64decode(headers["Authorization"].removeprefix("Basic ")) == b"qom%3A1:s3cret%2F%2B"
    assert TOKEN not in repr(got)


@pytest.mark.parametrize(
    ("got", "code", "detail"),
    [
        (answer(401, {"error": "invalid_client", "error_description": "s3cret/+"}),
         "courier.credentials", "invalid_client"),
        (answer(400, {"error": "invalid_target"}), "courier.credentials", "invalid_target"),
        (answer(500, {"error": "server_error"}), "courier.token", "HTTP 500"),
        (answer(200, {"access_token": "x y", "token_type": "Bearer"}), "courier.token", "HTTP 200"),
        (answer(200, {"access_token": "xyz", "token_type": "mac"}),
         "courier.token", "no bearer token with a life in seconds"),
        (answer(502), "courier.token", "HTTP 502"),
    ],
)  # fmt: skip
def test_without_a_token_nothing_is_sent_and_no_secret_is_told(got: HttpAnswer, code: str, detail: str) -> None:
    made, _ = session(got)
    with pytest.raises(Unsent) as refusal:
        made.log_in()
    assert (refusal.value.code, refusal.value.detail) == (code, detail)
    assert isinstance(refusal.value, CallFailed)
    assert "s3cret" not in repr(refusal.value)
    assert "s3cret" not in repr(made)


LOGIN = '[operations.login]\nname = "beginSession"\nrequest = "login.toml"\nanswer = "session.toml"\n'
LOGIN_PATH = {
    "post": {
        "operationId": "beginSession",
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "required": ["user", "word"],
                        "properties": {"user": {"type": "string"}, "word": {"type": "string"}},
                    }
                }
            },
        },
        "responses": {
            "200": {
                "description": "a session",
                "content": {
                    "application/json": {
                        "schema": {
                            "type": "object",
                            "required": ["token", "seconds"],
                            "properties": {"token": {"type": "string"}, "seconds": {"type": "integer"}},
                        }
                    }
                },
            }
        },
    }
}


def with_login(tmp_path: Path) -> Path:
    """Return the profile of the same service with a login in the place of OAuth2."""
    session = (
        'kind = "oauth2"\nscope = "letters:write letters:read receipts:read"\n'
        'fields = { resource = "urn:ravan:letters:2" }\n'
    )
    folder = changed(
        tmp_path,
        "profile.toml",
        (session, 'kind = "login"\nended = ["token"]\nheader = "Authorization"\nscheme = "Bearer"\n'),
        ('credentials = ["token", ', "credentials = ["),
        ("[receipt]", f"{LOGIN}\n[receipt]"),
        ('relation = "echo"', 'relation = "connection"'),
        ('echo = "header.x-request-id"', ""),
    )
    document = json.loads((folder / "openapi.json").read_text(encoding="utf-8"))
    document["paths"]["/v2/session"] = LOGIN_PATH
    (folder / "openapi.json").write_text(json.dumps(document), encoding="utf-8")
    for name, kind, fields in (
        ("login", "login-to-message", (("body.user", "username"), ("body.word", "password"))),
        ("session", "answer-to-session", (("token", "body.token"), ("lifetime_seconds", "body.seconds"))),
    ):
        head = f'[mapping]\nlanguage = 1\nname = "ravan-{name}"\nkind = "{kind}"\n'
        made = [f'\n[[field]]\ntarget = "{target}"\nfrom = "{source}"\nrequired = true\n' for target, source in fields]
        (folder / f"{name}.toml").write_text(head + "".join(made), encoding="utf-8")
    return folder


def test_a_login_of_plain_rest_gives_a_token_for_a_header_and_its_code_renews_it(tmp_path: Path) -> None:
    folder = with_login(tmp_path)
    begun = answer(200, {"token": TOKEN, "seconds": 600})
    letters = answer(200, [])
    courier, channel = courier_to(begun, problem(401, "token"), letters, profile=folder)
    reported, contract = bound(folder)
    inside: Any = courier
    login: LoginCall[Any] = LoginCall(
        wire=inside._wire,
        contract=contract,
        transmission=inside._transmission,
        user=Credentials(username="qom", password=SECRET),
        clock=lambda: NOW,
        in_header=True,
    )
    made = login.log_in()
    assert (made.value, made.ends_at) == (TOKEN, NOW + timedelta(seconds=600))
    [(method, target, body, _)] = channel.asked
    assert (method, target, json.loads(body)) == ("POST", "/v2/session", {"user": "qom", "word": SECRET.decode()})

    assert "lost.session" in reported.losses
    inquiry = courier.prepare_inquiry([REFERENCE], NOW)
    assert courier.inquire(inquiry).by_reference == {REFERENCE: NotKnown()}
    assert [headers["Authorization"] for *_, headers in channel.asked[1:]] == ["Bearer 1", "Bearer 2"]
