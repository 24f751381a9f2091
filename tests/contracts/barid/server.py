"""The service behind the contract in `profile/`: it knows nothing of the gateway's mappings or of its courier.

PyJWT signs and verifies its messages, and it judges what comes by its own schema. What it does follows from the
addressee's code: 9998… has no box, 9999… is refused, 9997… gets a state that nobody ever explained, 9900… comes later.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import Certificate, load_pem_x509_certificate
from jsonschema import Draft202012Validator
from lxml import etree

from adapters.crypto.keys.keys import load_signer
from adapters.crypto.xml.document import sign_document

PROFILE = Path(__file__).parent / "profile"
R = "{urn:barid:slip:2}"
BOXED, OPENED = "BOXED", "OPENED"
PATHS = {
    "/v2/letters": ("sendLetters", "letters.sent"),
    "/v2/letters/search": ("findLetters", "letters.found"),
    "/v2/slips": ("nextSlips", "slips.next"),
    "/v2/slips/kept": ("keepSlips", "keepSlipsResponse"),
}
STATES = {"9998": "NO_BOX", "9999": "REFUSED", "9997": "UNDER_THE_TABLE", "9900": "LATER"}

Said = dict[str, Any]


@dataclass
class Barid:
    """The ledger: letters by the sender's reference, slips in order."""

    judiciary: Path
    partner: Path
    letters: dict[str, list[Said]] = field(default_factory=dict)
    slips: list[tuple[str, bytes]] = field(default_factory=list)
    kept: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)
    trouble: tuple[int, Said] | None = None
    """A fault in place of any answer: its HTTP status, and what it says."""
    unruly: bool = False
    """True if answers are signed that the contract does not allow."""
    spoil: Callable[[int, bytes], tuple[int, bytes]] | None = None
    """Function that changes an answer on its way."""
    happening: str = OPENED
    claims: Said = field(default_factory=dict)
    """Claims that replace those of an answer."""
    header: dict[str, str] = field(default_factory=dict)
    """The same of its header."""

    def __post_init__(self) -> None:
        self.key = load_pem_private_key((self.judiciary / "transport.key.pem").read_bytes(), None)
        self.certificate = load_pem_x509_certificate((self.judiciary / "transport.crt.pem").read_bytes())
        self.theirs = load_pem_x509_certificate(self.partner.read_bytes())
        self.slip_signer = load_signer(self.judiciary / "receipts.key.pem", self.judiciary / "receipts.crt.pem")
        parts = json.loads((PROFILE / "parts.json").read_text(encoding="utf-8"))
        self.letters_schema = Draft202012Validator({**parts, "$ref": "#/$defs/Letters"})

    def answer(self, path: str, octets: bytes, endpoint: str) -> tuple[int, bytes]:
        asked, act = PATHS[path]
        said = self._verified(octets, asked, endpoint)
        if self.trouble is not None:
            status, what = self.trouble
            return status, self.signed(what, act, said["jti"])
        content = said["content"]
        made = {
            "sendLetters": self._send, "findLetters": self._find, "nextSlips": self._next, "keepSlips": self._keep,
        }[asked](content)  # fmt: skip
        if self.unruly:
            made["surprise"] = 1
        return 200, self.signed(made, act, said["jti"])

    def signed(self, content: Any, act: str, answer_to: str) -> bytes:
        """An answer, as it goes out."""
        now = int(time.time())
        said = {"act": act, "jti": f"b-{uuid.uuid4()}", "answerTo": answer_to, "iat": now, "exp": now + 300}
        header = {"typ": "barid+jws", "x5t#S256": thumbprint(self.certificate), **self.header}
        payload = json.dumps({**said, "content": content, **self.claims}, ensure_ascii=False).encode()
        return jwt.api_jws.encode(payload, self.key, algorithm="RS256", headers=header).encode()  # type: ignore[arg-type]

    def _verified(self, octets: bytes, asked: str, endpoint: str) -> Said:
        key: Any = self.theirs.public_key()
        token = jwt.api_jws.decode_complete(octets, key, algorithms=["RS256"])
        expected = {"alg": "RS256", "typ": "barid+jws", "x5t#S256": thumbprint(self.theirs)}
        assert token["header"] == expected, token["header"]
        said: Said = json.loads(token["payload"])
        assert said.keys() == {"act", "jti", "aud", "iat", "exp", "content"}
        assert (said["act"], said["aud"]) == (asked, endpoint)
        assert said["iat"] - 60 <= time.time() <= said["exp"] + 60, "too old"
        assert said["jti"] not in self.seen, "a message that came before"
        self.seen.add(said["jti"])
        return said

    def _send(self, content: Said) -> Said:
        self.letters_schema.validate(content)
        return {"letters": [self._one(letter) for letter in content["letters"]]}

    def _one(self, letter: Said) -> Said:
        assert hashlib.sha256(base64.b64decode(letter["file"]["data"])).hexdigest() == letter["file"]["hash"]
        state = STATES.get(letter["to"]["code"][:4], "TAKEN")
        kept = {"state": state, "trackingCode": f"BR-{len(self.letters) + 1}", "hash": letter["file"]["hash"]}
        self.letters.setdefault(letter["ourRef"], []).append({**kept, "letter": letter})
        if state == "TAKEN":
            for happening in (BOXED, self.happening):
                self._issue(letter["ourRef"], kept, happening)
        return _fate(letter["ourRef"], kept)

    def _find(self, content: Said) -> Said:
        known = {reference: self.letters.get(reference, [{"state": "STRANGE"}])[-1] for reference in content["refs"]}
        return {"letters": [_fate(reference, letter) for reference, letter in known.items()]}

    def _next(self, content: Said) -> Said:
        after, count = content.get("after", 0), content["count"]
        page = self.slips[after : after + count]
        slips = [{"no": number, "paper": base64.b64encode(octets).decode()} for number, octets in page]
        return {"slips": slips, "upTo": after + len(page), "rest": max(0, len(self.slips) - after - len(page))}

    def _keep(self, content: Said) -> Said:
        self.kept |= set(content["numbers"])
        return {"count": len(content["numbers"])}

    def _issue(self, reference: str, letter: Mapping[str, str], happening: str) -> None:
        number = f"RS-{len(self.slips) + 1}"
        root = etree.Element(f"{R}Rasid", nsmap={"b": R[1:-1]}, Id=number)
        head = etree.SubElement(root, f"{R}Head", no=number)
        etree.SubElement(head, f"{R}OurRef").text = reference
        etree.SubElement(head, f"{R}TrackingCode").text = letter["trackingCode"]
        etree.SubElement(root, f"{R}FileHash").text = letter["hash"]
        etree.SubElement(root, f"{R}What").text = happening
        etree.SubElement(root, f"{R}At").text = str(int(time.time()))
        self.slips.append((number, sign_document(root, self.slip_signer, datetime.now(UTC))))


def thumbprint(certificate: Certificate) -> str:
    """As ``x5t#S256`` has it."""
    return base64.urlsafe_b64encode(certificate.fingerprint(SHA256())).rstrip(b"=").decode()


def _fate(reference: str, letter: Mapping[str, Any]) -> Said:
    fate: Said = {"ourRef": reference, "state": letter["state"]}
    match letter["state"]:
        case "TAKEN":
            fate["trackingCode"] = letter["trackingCode"]
        case "REFUSED":
            fate["why"] = {"no": 102, "say": "گیرنده درگذشته است"}
        case "LATER":
            fate["againIn"] = 90
    return fate


@contextmanager
def serving(barid: Barid) -> Iterator[str]:
    """Serve on a free port while the block runs; give the endpoint's URL."""
    one_at_a_time = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            octets = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.headers["Content-Type"] == "application/jose"
            with one_at_a_time:
                status, answer = barid.answer(self.path.removeprefix("/barid"), octets, endpoint)
            if barid.spoil is not None:
                status, answer = barid.spoil(status, answer)
            self.send_response(status)
            self.send_header("Content-Type", "application/jose")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    endpoint = f"http://127.0.0.1:{server.server_address[1]}/barid"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield endpoint
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
