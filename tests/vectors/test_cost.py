"""Costly input is refused before the cost: nothing canonicalised, nothing transformed, little memory.

The large ones are made here. They are good messages with something put in, so their digests are wrong too; that the
limits alone refuse such things is shown by the small files of `attacks`, which are signed.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from adapters.crypto.keys.partner import Member
from adapters.crypto.message import soap_signing
from adapters.crypto.xml import canonicalization, document
from adapters.crypto.xml.strict_xml import DOCUMENT_LIMITS, MESSAGE_LIMITS
from gateway.trust.trust_policy import Rejection
from tests.unit.crypto.edits import BODY_REFERENCE, INCLUSIVE, XSLT, put, transform
from tests.unit.crypto.forge import edited

from .attacks import ATTACKS, NOW, Attack, Judge, octets_of
from .octet_edits import many_attributes

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
MESSAGE, NOTICE = octets_of("message-good"), octets_of("notice-good")
MEMORY = 32 * 1024 * 1024
"""Budget of a refusal: most of it goes to the tree of a message with all the attributes that it may have."""

LOOP = (
    '<x:stylesheet version="1.0" xmlns:x="http://www.w3.org/1999/XSL/Transform"><x:template match="/">'
    '<x:for-each select="//node()"><x:for-each select="//node()"><x:for-each select="//node()"><a/>'
    "</x:for-each></x:for-each></x:for-each></x:template></x:stylesheet>"
)


def inside(octets: bytes, content: bytes) -> bytes:
    found = octets.replace(b"<j:Inquiry>", b"<j:Inquiry>" + content).replace(b"<n:Case>", b"<n:Case>" + content)
    assert found != octets
    return found


def declared(count: int, length: int = 0) -> bytes:
    return b" ".join(b'xmlns:a%d="urn:%d:%s"' % (i, i, b"x" * length) for i in range(count))


def many_namespaces_inclusively(octets: bytes) -> bytes:
    """Over 100 kB that take libxml2 minutes: each of 10,000 elements has 2,000 namespaces in scope."""
    root = edited(octets, put(".//ds:CanonicalizationMethod", Algorithm=INCLUSIVE))
    return inside(root, b"<a " + declared(2_000, 25) + b">" + b"<b/>" * 10_000 + b"</a>")


def long_namespace(octets: bytes) -> bytes:
    """55 kB that become 100 MB: each element says its long namespace anew."""
    uri = b"urn:" + b"x" * 20_000
    return inside(octets, b'<a xmlns:b="' + uri + b'">' + b"<b:b/>" * 5_000 + b"</a>")


LARGE: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "message: inclusive C14N": ("message", lambda: many_namespaces_inclusively(MESSAGE), "verify.too-complex"),
    "notice: inclusive C14N": ("notice", lambda: many_namespaces_inclusively(NOTICE), "verify.too-complex"),
    "message: namespaces one by one": (
        "message",
        lambda: inside(MESSAGE, b"".join(b'<a xmlns:a%d="urn:x"/>' % i for i in range(6_001))),
        "verify.too-complex",
    ),
    "message: a long namespace": ("message", lambda: long_namespace(MESSAGE), "verify.too-complex"),
    "notice: a long namespace": ("notice", lambda: long_namespace(NOTICE), "verify.too-complex"),
    "message: elements": ("message", lambda: inside(MESSAGE, b"<a/>" * 70_000), "verify.too-complex"),
    "message: more elements": ("message", lambda: inside(MESSAGE, b"<a/>" * 2_000_000), "verify.too-complex"),
    "notice: elements": ("notice", lambda: inside(NOTICE, b"<a/>" * 500), "verify.too-complex"),
    "message: attributes of one": (
        "message",
        lambda: inside(MESSAGE, b"<a" + many_attributes(59_000) + b"/>"),
        "verify.too-complex",
    ),
    "message: attributes": (
        "message",
        lambda: inside(MESSAGE, b"".join(b'<a b%d="" c%d=""/>' % (i, i) for i in range(29_999))),
        "verify.too-complex",
    ),
    "message: more attributes": (
        "message",
        lambda: inside(MESSAGE, b"<a" + many_attributes(1_000_000) + b"/>"),
        "verify.too-complex",
    ),
    "message: depth": ("message", lambda: inside(MESSAGE, b"<a>" * 50_000 + b"</a>" * 50_000), "verify.too-complex"),
    "message: XSLT": (
        "message",
        lambda: edited(MESSAGE, transform(f"{BODY_REFERENCE}//ds:Transform", XSLT, LOOP)),
        "verify.transform",
    ),
    "notice: XSLT": (
        "notice",
        lambda: edited(NOTICE, transform(".//ds:Reference//ds:Transform[2]", XSLT, LOOP)),
        "verify.transform",
    ),
}
COSTLY = [attack for attack in ATTACKS.values() if attack.row in (5, 6, 7)]


@pytest.fixture
def spent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of what was done that can be made to cost much."""
    done: list[str] = []

    def watch(owner: Any, name: str) -> None:
        original = getattr(owner, name)

        def watched(*args: Any, **options: Any) -> Any:
            done.append(name)
            return original(*args, **options)

        monkeypatch.setattr(owner, name, watched)

    for module in (soap_signing, document, canonicalization):
        watch(module, "canonical")
    for name in ("tostring", "canonicalize", "XSLT", "XPath"):
        watch(etree, name)
    watch(Member, "verify")
    return done


def code(judge: Judge, profile: str, octets: bytes) -> str:
    with pytest.raises(Rejection) as refusal:
        judge.accept(profile, octets, NOW)
    return refusal.value.code


def test_a_good_message_is_canonicalised_and_verified(judge: Judge, spent: list[str]) -> None:
    judge.accept("message", MESSAGE, NOW)
    assert {"canonical", "tostring", "verify"} <= set(spent)


@pytest.mark.parametrize("attack", COSTLY, ids=lambda attack: attack.name)
def test_a_small_one_spends_nothing(judge: Judge, spent: list[str], attack: Attack) -> None:
    octets = attack.octets
    assert code(judge, attack.profile, octets) == attack.code
    assert spent == []


@pytest.mark.parametrize("name", LARGE)
def test_a_large_one_spends_nothing(judge: Judge, spent: list[str], name: str) -> None:
    profile, make, expected = LARGE[name]
    octets = make()
    spent.clear()
    assert code(judge, profile, octets) == expected
    assert spent == []


@pytest.mark.parametrize(
    ("profile", "octets", "limit"), [("message", MESSAGE, MESSAGE_LIMITS), ("notice", NOTICE, DOCUMENT_LIMITS)]
)
def test_octets_without_end(judge: Judge, spent: list[str], profile: str, octets: bytes, limit: Any) -> None:
    assert code(judge, profile, octets + b" " * limit.max_bytes) == "verify.too-large"
    assert spent == []


# Memory. In a process of its own, whose address space may grow by no more than `MEMORY`.

CAPPED = f"""
import resource, sys
from pathlib import Path
from tests.vectors import test_cost
from tests.vectors.attacks import NOW, Judge
from adapters.sandbox.judiciary.ledger import Ledger
from adapters.crypto.xml.strict_xml import canonical
from gateway.trust.trust_policy import Rejection
from lxml import etree

judge = Judge(Ledger(Path(sys.argv[1])))
judge.accept("message", test_cost.MESSAGE, NOW)
made = {{name: (profile, make()) for name, (profile, make, _) in test_cost.LARGE.items()}}
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + {MEMORY}, used + {MEMORY}))
"""

REFUSE = """
import json
codes = {}
for name, (profile, octets) in made.items():
    try:
        judge.accept(profile, octets, NOW)
    except Rejection as refusal:
        codes[name] = refusal.code
print(json.dumps(codes))
"""

CANONICALISE = """
canonical(etree.fromstring(made["message: a long namespace"][1]))
"""

needs_proc = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="the size of a process is read from /proc, which this system has not"
)


def capped(script: str, ledger: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", CAPPED + script, str(ledger)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@needs_proc
def test_refusing_takes_little_memory(tmp_path: Path) -> None:
    done = capped(REFUSE, tmp_path / "ledger.db")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {name: expected for name, (_, _, expected) in LARGE.items()}


@needs_proc
def test_the_cap_would_be_felt(tmp_path: Path) -> None:
    done = capped(CANONICALISE, tmp_path / "ledger.db")
    assert done.returncode != 0
