"""Uploads at the console's own listener: the body is read only of a signed-in browser, and lies on the disk."""

from __future__ import annotations

import random
import re
import shutil
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from adapters.composition.installation import Installation
from adapters.console.pages.intake.sheet_page import UPLOAD
from adapters.console.pages_application import console_service
from adapters.web.listener_limits import CONSOLE
from adapters.web.server import WebServer
from gateway.notice.notice import MAX_DOCUMENT_BYTES
from gateway.people.permissions import Role
from tests.console.signed_in import CSRF, known_parts, token_of
from tests.papers import PDF
from tests.web.slow import PATIENCE, exchange

MIB = 1024 * 1024
OWN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture(scope="module")
def installation(fresh_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("uploads") / "copy"
    shutil.copytree(fresh_folder, folder)
    with closing(Installation.of(folder / "gateway.toml")) as made:
        yield made


@pytest.fixture(scope="module")
def address(installation: Installation) -> Iterator[str]:
    server = WebServer("127.0.0.1:0", CONSOLE)
    server.service = console_service(known_parts(installation))
    server.start()
    yield server.url
    server.close()


@pytest.fixture
def browser() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.cookies.set("eblagh-session", token_of(Role.COMMISSION_SECRETARY))
        yield session


def action(browser: requests.Session, address: str, path: str = "/intake/new") -> str:
    """Return the target of the form with files on a page, with its upload pass."""
    page = browser.get(address + path, timeout=PATIENCE).text
    found = re.search(r'action="([^"]+pass=[^"]+)"', page)
    assert found, page
    return found[1].replace("&amp;", "&")


def own_drafts(installation: Installation) -> list[str]:
    return [each.id for each in installation.store().drafts.of_person("id-of-commission-secretary")]


def head(target: str, length: int, cookie: str = "", site: str = "same-origin") -> bytes:
    lines = [f"POST {target} HTTP/1.1", "Host: a", f"Content-Length: {length}", f"Sec-Fetch-Site: {site}"]
    lines += [f"Cookie: eblagh-session={cookie}"] if cookie else []
    return "\r\n".join([*lines, "", ""]).encode()


def test_a_body_is_read_of_nobody_but_a_signed_in_browser(address: str, browser: requests.Session) -> None:
    """Each is answered while only the head has arrived: none of these requests has a body."""
    target, own = action(browser, address), token_of(Role.COMMISSION_SECRETARY)
    other = token_of(Role.COMMISSION_SECRETARY, {"article-77"})
    path = urlsplit(target).path
    for tried, cookie in ((target, ""), (target, "wrong"), (target, other), (path, own), (f"{path}?pass=x.y", own)):
        answer = exchange(address, head(tried, 5 * MIB, cookie))
        assert answer.startswith(b"HTTP/1.1 303 "), answer
        assert b"Location: /sign-in" in answer
    assert exchange(address, head(target, 5 * MIB, own, "cross-site")).startswith(b"HTTP/1.1 403 ")
    assert exchange(address, head(target, 33 * MIB, own)).startswith(b"HTTP/1.1 413 ")
    sheet = action(browser, address, "/intake/sheet")
    assert exchange(address, head(sheet, UPLOAD.octets + 1, own)).startswith(b"HTTP/1.1 413 ")
    assert exchange(address, head("/people", MIB, own)).startswith(b"HTTP/1.1 413 ")


def test_a_paper_that_is_too_large_is_told_at_its_field(address: str, browser: requests.Session) -> None:
    target = action(browser, address)
    paper = {"paper": ("17.pdf", b"%PDF-1.7\n" + b"\0" * (7 * MIB) + b"%%EOF\n")}
    answer = browser.post(address + target, data={"csrf": CSRF}, files=paper, headers=OWN, timeout=PATIENCE)
    assert answer.status_code == 422
    assert 'id="paper-error"' in answer.text


SIZES = (100_000, 200_000, 500_000, 5_000_000, 19_000_000)
CONTENTS = {
    "random": lambda size: random.Random(size).randbytes(size),
    "repeated": lambda size: b"\0" * size,
    "lines": lambda size: b"0123456789abcdef\r\n" * (size // 18),
    "line feeds": lambda size: b"\n" * size,
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("content", CONTENTS)
def test_a_paper_reaches_its_field_whatever_is_in_it(
    address: str, browser: requests.Session, content: str, size: int
) -> None:
    """A paper of more than 125 kB was answered 413 by what was in it, since texts and files have one buffer."""
    paper = {"paper": ("17.pdf", CONTENTS[content](size))}
    texts = {"csrf": CSRF, "subject": "رأی تخریب"}
    answer = browser.post(address + action(browser, address), data=texts, files=paper, headers=OWN, timeout=PATIENCE)
    assert answer.status_code == 422
    assert ('id="paper-error"' in answer.text) is (size > MAX_DOCUMENT_BYTES)
    assert "رأی تخریب" in answer.text


@pytest.mark.parametrize("texts", [{"subject": "x" * 70_000}, {f"a{n}": "x" * 10_000 for n in range(7)}])
def test_texts_have_their_own_bound(address: str, browser: requests.Session, texts: dict[str, str]) -> None:
    target = action(browser, address)
    paper = {"paper": ("17.pdf", PDF)}
    answer = browser.post(address + target, data={"csrf": CSRF, **texts}, files=paper, headers=OWN, timeout=PATIENCE)
    assert answer.status_code == 413


def test_an_upload_that_breaks_off_stores_nothing(
    installation: Installation, address: str, browser: requests.Session
) -> None:
    target, at, before = action(browser, address), urlsplit(address), own_drafts(installation)
    own = token_of(Role.COMMISSION_SECRETARY)
    form = "multipart/form-data; boundary=x"
    part = b'--x\r\nContent-Disposition: form-data; name="paper"; filename="17.pdf"\r\n\r\n' + PDF
    begun = head(target, 3 * MIB, own)[:-2] + f"Content-Type: {form}\r\n\r\n".encode() + part
    with socket.create_connection((at.hostname or "", at.port or 0), PATIENCE) as peer:
        peer.sendall(begun)
        peer.shutdown(socket.SHUT_WR)
        assert peer.recv(1000) == b""
    assert own_drafts(installation) == before


def test_a_form_without_its_token_is_refused_and_keeps_no_file(
    installation: Installation, address: str, browser: requests.Session
) -> None:
    target, before = action(browser, address), own_drafts(installation)
    answer = browser.post(address + target, files={"paper": ("17.pdf", PDF)}, headers=OWN, timeout=PATIENCE)
    assert answer.status_code == 403
    assert own_drafts(installation) == before
