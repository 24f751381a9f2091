"""Cost of judging a signed message: ours, and libraries used as their documentation shows, in one run on the same
octets.

All of them parse the octets, find the partner's key or certificate loaded before, and check one signature over six
parts. Ours also refuses messages that the others accept: see `adapters/crypto/xml/signature_verifier.py`.
"""

from __future__ import annotations

import base64
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Final

import xmlsec
from lxml import etree
from zeep.loader import parse_xml
from zeep.settings import Settings
from zeep.wsse.signature import BinarySignature

from adapters.crypto.keys import names
from adapters.crypto.keys.keys import Signer, load_signer
from adapters.crypto.keys.partner import Partner, load_partner
from adapters.crypto.keys.revocation_list import read_list
from adapters.crypto.message.soap_message import MessageVerifier
from adapters.crypto.message.soap_signing import Addressing, sign_message
from adapters.crypto.xml.document import sign_document
from adapters.sandbox.pki.devlists import DevelopmentAuthorities
from adapters.sandbox.verbs.development_keys import generate_development_keys
from gateway.judiciary.courier import SealSlice
from gateway.notice.notice import sha256
from gateway.runtime.clock import system_clock
from gateway.trust.revocation_status import NotRevokedNow, Requirement, RevocationLists

Judge = Callable[[bytes], object]
"""Judge: takes a message's octets; raises if they are invalid."""

NOTICES: Final = 50
DOCUMENT_BYTES: Final = 100 * 1024
_PARTS: Final = 6
"""Body, Timestamp, BinarySecurityToken, To, Action and MessageID."""

_SECONDS_A_ROUND: Final = 0.2
_N, _J = f"{{{names.NOTICE}}}", f"{{{names.JUDICIARY}}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Messages as octets by label; ``judges`` by name, None if the library is not installed."""

    messages: Mapping[str, bytes] = field(repr=False)
    judges: Mapping[str, Judge | None]


@contextmanager
def bench() -> Iterator[Bench]:
    """Make keys and messages, and the judges that know the sender."""
    with tempfile.TemporaryDirectory() as name:
        pki = Path(name) / "pki"
        generate_development_keys(pki)
        key, certificate = (pki / "municipality" / f"transport.{part}.pem" for part in ("key", "crt"))
        signer = load_signer(key, certificate)
        partner = load_partner("municipality", [certificate], [pki / "anchors" / "municipality-root.pem"])
        yield Bench(
            messages={
                "an inquiry": soap_message([], signer),
                f"{NOTICES} notices of {DOCUMENT_BYTES // 1024} KiB": soap_message(
                    [seal_of(signer, f"EB-{number}") for number in range(NOTICES)], signer
                ),
            },
            judges={
                "ours": MessageVerifier(partner).examine,
                "ours, with revocation": _with_revocation(pki, partner),
                "bare xmlsec": _bare_xmlsec(certificate),
                "zeep": _zeep(key, certificate),
                "signxml": _signxml(certificate),
            },
        )


def measure(judges: Mapping[str, Judge | None], octets: bytes, rounds: int) -> dict[str, float | None]:
    """Return CPU microseconds a message: the median of ``rounds``, in each of which every judge runs."""
    present = {name: judge for name, judge in judges.items() if judge is not None}
    times = {name: _repetitions(judge, octets) for name, judge in present.items()}
    found: dict[str, list[float]] = {name: [] for name in present}
    for _ in range(rounds):
        for name, judge in present.items():
            found[name].append(_microseconds(judge, octets, times[name]))
    return {name: median(found[name]) if name in found else None for name in judges}


def _repetitions(judge: Judge, octets: bytes) -> int:
    return max(1, int(_SECONDS_A_ROUND * 1e6 / _microseconds(judge, octets, 1)))


def _microseconds(judge: Judge, octets: bytes, times: int) -> float:
    began = time.process_time()
    for _ in range(times):
        judge(octets)
    return (time.process_time() - began) * 1e6 / times


def _with_revocation(pki: Path, partner: Partner) -> Judge:
    """Return a judge with lists in force, as most of the time: they are verified once, and then searched for each
    message.
    """
    now, authorities = system_clock(), DevelopmentAuthorities(pki)
    lists = RevocationLists(
        read_list(authorities.list_of(name, now), partner.authorities, name)
        for name in ("municipality-root", "municipality-issuing")
    )
    policy = NotRevokedNow(chains=partner, lists=lambda: lists, requirement=Requirement.REQUIRE, now=now)
    verifier = MessageVerifier(partner)
    return lambda octets: policy.check(verifier.examine(octets))


def _bare_xmlsec(certificate: Path) -> Judge:
    key = xmlsec.Key.from_file(str(certificate), xmlsec.constants.KeyDataFormatCertPem)

    def judge(octets: bytes) -> None:
        root = etree.fromstring(octets)
        xmlsec.tree.add_ids(root, ["Id"])
        context = xmlsec.SignatureContext()
        context.key = key
        context.verify(next(root.iter(f"{{{xmlsec.constants.DSigNs}}}{xmlsec.constants.NodeSignature}")))

    return judge


def _zeep(key: Path, certificate: Path) -> Judge:
    plugin, settings = BinarySignature(str(key), str(certificate)), Settings()

    def judge(octets: bytes) -> None:
        plugin.verify(parse_xml(octets, None, settings=settings))  # type: ignore[arg-type]  # it takes both

    return judge


def _signxml(certificate: Path) -> Judge | None:
    try:
        from signxml import SignatureConfiguration, XMLVerifier
    except ImportError:
        return None
    pem = certificate.read_text(encoding="ascii")
    own = pem[: pem.index("-----END")] + "-----END CERTIFICATE-----\n"
    expected = SignatureConfiguration(expect_references=_PARTS)
    return lambda octets: XMLVerifier().verify(octets, x509_cert=own, expect_config=expected)


def soap_message(seals: Sequence[SealSlice], signer: Signer) -> bytes:
    """Return a submission of these notices; of none, an inquiry."""
    now = system_clock()
    body = etree.Element(_J + ("SubmitNotices" if seals else "InquireStatus"), nsmap={"j": names.JUDICIARY})
    for number, seal in enumerate(seals):
        submission = etree.SubElement(body, f"{_J}Submission")
        etree.SubElement(submission, f"{_J}Reference").text = seal.reference
        etree.SubElement(etree.SubElement(submission, f"{_J}SealedNotice"), "slot", n=str(number))
    if not seals:
        etree.SubElement(etree.SubElement(body, f"{_J}Inquiry"), f"{_J}Reference").text = "EB-0"
    addressing = Addressing(to="urn:bench:court", action=f"{names.JUDICIARY}/Bench", message_id="urn:bench:1")
    return bytes(sign_message(body, addressing, signer, now, timedelta(minutes=5), seals).wire)


def seal_of(signer: Signer, reference: str) -> SealSlice:
    """Return a sealed notice with a document of random octets."""
    notice = etree.Element(f"{_N}Notice", nsmap={"n": names.NOTICE}, Id=f"N-{reference}", version="1")
    content = base64.b64encode(os.urandom(DOCUMENT_BYTES)).decode("ascii")
    etree.SubElement(etree.SubElement(notice, f"{_N}Document"), f"{_N}Content").text = content
    octets = sign_document(notice, signer, system_clock())
    return SealSlice(reference=reference, octets=octets, digest=sha256(octets))
