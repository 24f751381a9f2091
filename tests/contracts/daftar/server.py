"""Daftar: a service with a login, of http.server and strings alone. It keeps what it was told."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from html import escape, unescape
from http.server import BaseHTTPRequestHandler

import jdatetime

from tests.integration.judiciary.tls_server import OverTls, running
from tests.witness import tls

USER, WORD = "letters", "open & <long> sésame"
TEHRAN = timezone(timedelta(hours=3, minutes=30))


@dataclass
class Daftar:
    """``ends`` are those of the next letters in turn: ``lost`` acts and closes the connection, a number is a code."""

    minutes: float = 20
    word: str = WORD
    tokens: set[str] = field(default_factory=set)
    logins: list[str] = field(default_factory=list)
    letters: list[str] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)
    heads: list[dict[str, str]] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def answer(self, request: str) -> str | None:
        """Return the answer's element, or None if the connection is to be closed without one."""
        self.requests.append(request)
        [operation] = re.findall(r"<(?:\w+:)?Body[^>]*>\s*<(?:\w+:)?(\w+)", request)
        if operation == "Login":
            return self._login(_text(request, "User"), _text(request, "Word"))
        if _text(request, "Token") not in self.tokens:
            return _result(operation, -14, "نشست پایان یافته است")
        end = self.ends.pop(0) if self.ends and operation == "Enter" else ""
        if re.fullmatch("-[0-9]+", end):
            return _result(operation, int(end), "خطا")
        told = getattr(self, f"_{operation.lower()}")(request)
        return None if end == "lost" else told

    def _login(self, user: str, word: str) -> str:
        self.logins.append(user)
        if (user, word) != (USER, self.word):
            return _result("Login", -11, "نام کاربری یا گذرواژه نادرست است")
        token = secrets.token_urlsafe(24)
        self.tokens.add(token)
        until = datetime.now(UTC) + timedelta(minutes=self.minutes)
        written = jdatetime.datetime.fromgregorian(datetime=until.astimezone(TEHRAN)).strftime("%Y/%m/%d ساعت %H:%M:%S")
        return _result("Login", 0, "", Token=token, Until=written)

    def _enter(self, request: str) -> str:
        self.letters.append(_text(request, "Reference"))
        return _result("Enter", 0, "", Number=f"D-{len(self.letters)}")

    def _find(self, request: str) -> str:
        reference = _text(request, "Reference")
        if reference not in self.letters:
            return _result("Find", -21, "چنین نامه‌ای نیست")
        return _result("Find", 0, "", Number=f"D-{self.letters.index(reference) + 1}")

    def _state(self, request: str) -> str:
        assert 1 <= int(_text(request, "Number").removeprefix("D-")) <= len(self.letters)
        return _result("State", 0, "", Event="viewed", At=datetime.now(UTC).isoformat(timespec="seconds"))


def _text(request: str, name: str) -> str:
    found = re.search(rf"<(?:\w+:)?{name}>([^<]*)</", request)
    return unescape(found[1]) if found else ""


def _result(operation: str, code: int, text: str, **more: str) -> str:
    parts = {"Code": str(code), **({"Text": text} if text else {}), **more}
    inside = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in parts.items())
    return f'<{operation}Result xmlns="urn:daftar:2">{inside}</{operation}Result>'


def enveloped(element: str) -> bytes:
    soap = "http://schemas.xmlsoap.org/soap/envelope/"
    return f'<S:Envelope xmlns:S="{soap}"><S:Body>{element}</S:Body></S:Envelope>'.encode()


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Server)
        daftar = self.server.daftar
        daftar.heads.append(dict(self.headers))
        told = daftar.answer(self.rfile.read(int(self.headers["Content-Length"])).decode())
        if told is None:
            return
        octets = enveloped(told)
        self.send_response(200)
        self.send_header("Content-Type", "text/xml; charset=utf-8")
        self.send_header("Content-Length", str(len(octets)))
        self.end_headers()
        self.wfile.write(octets)

    def log_message(self, *_: object) -> None:
        """Tests are quiet."""


class Server(OverTls):
    def __init__(self, daftar: Daftar, pki: tls.Tls) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.daftar, self.context = daftar, pki.context()


@contextmanager
def serving(daftar: Daftar, pki: tls.Tls) -> Iterator[str]:
    server = Server(daftar, pki)
    with running(server):
        yield f"https://127.0.0.1:{server.server_address[1]}/"
