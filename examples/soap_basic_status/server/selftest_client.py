"""Tools of selftest.py: a started server, and a plain client of its published contract."""

import base64
import http.client
import json
import ssl
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree
from xml.sax.saxutils import escape

SERVER = Path(__file__).resolve().parent
NAMESPACE = "http://notices.example.invalid/services/1"
ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
PDF = b"%PDF-1.4\n% a paper of the self-test\n%%EOF\n"
NOTICE = {
    "FirstName": "زهرا",
    "LastName": "احمدی & <پسران>",
    "FatherName": "حسین",
    "NationalId": "0012345679",
    "Province": "تهران",
    "City": "تهران",
    "Street": "خیابان انقلاب، کوچه دوم",
    "Plate": "۱۲",
    "PostalCode": "1417614418",
    "Kind": "7",
    "IssuedDate": "2026-11-28T13:05:22",
    "Document": base64.b64encode(PDF).decode(),
    "Reference": "R-1",
}


class NoAnswerError(Exception):
    """The connection ended before an answer was whole."""


@dataclass
class Answer:
    http: int
    fields: dict[str, str]
    raw: str
    headers: Message

    @property
    def code(self) -> int:
        return int(self.fields["ErrorCode"])


class Started:
    """A server in a folder of its own, or in one that was there; it ends with its standard input."""

    def __init__(self, *words: str, folder: Path | None = None) -> None:
        self._made = tempfile.TemporaryDirectory() if folder is None else None
        self.folder = folder or Path(self._made.name if self._made else "")
        command = [sys.executable, str(SERVER), "--folder", str(self.folder), *words]
        self._process = subprocess.Popen(  # noqa: S603 - our own words alone
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._process.stdout
        self.ready = json.loads(self._process.stdout.readline())

    def __enter__(self) -> "Started":
        return self

    def __exit__(self, *_: object) -> None:
        self.end()
        if self._made:
            self._made.cleanup()

    def end(self) -> None:
        if self._process.poll() is None:
            assert self._process.stdin
            assert self._process.stdout
            self._process.stdin.close()
            self._process.wait(20)
            self._process.stdout.close()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(20)

    def write(self, name: str, told: object) -> None:
        part = self.folder / f"{name}.part"
        part.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
        part.rename(self.folder / name)

    def lines(self, name: str) -> list[dict[str, object]]:
        path = self.folder / name
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []

    def submitted(self, reference: str) -> int:
        found = [line for line in self.lines("ledger.jsonl") if line["what"] == "submitted"]
        return sum(line["reference"] == reference for line in found)

    def caller(self) -> "Caller":
        return Caller(self)


class Caller:
    """One client; it holds its cookie as a browser would."""

    def __init__(self, started: Started) -> None:
        client = json.loads(Path(started.ready["clients"]).read_text(encoding="utf-8"))[0]
        url = urlsplit(started.ready["url"])
        self.host, self.port, self.path = url.hostname or "", url.port or 0, url.path
        self.context = ssl.create_default_context(cafile=started.ready["ca"])
        self.user, self.password, self.api_key = client["user"], client["password"], client["api_key"]
        self.cookie = ""

    def send(self, octets: bytes, headers: dict[str, str], method: str = "POST", path: str | None = None) -> Answer:
        connection = http.client.HTTPSConnection(self.host, self.port, timeout=30, context=self.context)
        try:
            connection.request(method, path or self.path, octets, headers)
            got = connection.getresponse()
            raw = got.read().decode("utf-8")
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswerError(type(error).__name__) from error
        finally:
            connection.close()
        if given := got.headers["Set-Cookie"]:
            self.cookie = given.partition(";")[0]
        return Answer(got.status, _fields(raw) if "xml" in got.headers["Content-Type"] else {}, raw, got.headers)

    def headers(self, operation: str) -> dict[str, str]:
        login = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        made = {
            "Content-Type": "text/xml; charset=utf-8",
            "SOAPAction": f'"{NAMESPACE}/{operation}"',
            "Authorization": f"Basic {login}",
            "X-Api-Key": self.api_key,
        }
        return made | ({"Cookie": self.cookie} if self.cookie else {})

    def call(self, operation: str, **values: str) -> Answer:
        return self.send(envelope(operation, values), self.headers(operation))

    def register(self, **changed: str | None) -> Answer:
        """The notice above with some elements changed; None leaves one out."""
        values = {name: value for name, value in (NOTICE | changed).items() if value is not None}
        return self.call("RegisterNotice", **values)

    def status(self, number: str) -> Answer:
        return self.call("GetNoticeStatus", NoticeNumber=number)

    def find(self, reference: str) -> Answer:
        return self.call("FindNotice", Reference=reference)


def envelope(operation: str, values: dict[str, str]) -> bytes:
    inside = "".join(f"<n:{name}>{escape(value)}</n:{name}>" for name, value in values.items())
    return (
        f'<s:Envelope xmlns:s="{ENVELOPE}" xmlns:n="{NAMESPACE}"><s:Body>'
        f"<n:{operation}>{inside}</n:{operation}></s:Body></s:Envelope>"
    ).encode()


def _fields(raw: str) -> dict[str, str]:
    """The result's elements, in the order of the contract, or the parts of a fault."""
    root = ElementTree.fromstring(raw)  # noqa: S314 - what our own service wrote
    if not root.tag.startswith(f"{{{ENVELOPE}}}"):
        return {}
    inside = root[0][0]
    holder = inside if inside.tag == f"{{{ENVELOPE}}}Fault" else inside[0]
    found = {child.tag.rpartition("}")[2]: child.text or "" for child in holder}
    if "faultcode" not in found:
        assert list(found)[:4] == ["HasError", "ErrorCode", "ErrorText", "TrackId"], found
        assert (found["HasError"] == "true") == (found["ErrorCode"] != "0"), found
    return found
