"""A courier and a judge of receipts, made from the files of a profile's folder."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from adapters.crypto.keys.keys import load_signer
from adapters.crypto.message.jws import JwsVerifier
from adapters.crypto.message.soap_message import MessageVerifier
from adapters.crypto.xml.document import sign_document
from adapters.crypto.xml.sealing import notice_element
from adapters.judiciary.channel import Channel
from adapters.judiciary.mapped.contract import MappedContract
from adapters.judiciary.mapped.json_form import JsonForm
from adapters.judiciary.mapped.mapped_rest import mapped_rest_contract
from adapters.judiciary.mapped.mapped_soap import mapped_contract
from adapters.judiciary.mapped.receipts.mapped_receipt_judge import MappedReceiptJudge
from adapters.judiciary.mapped.receipts.receipt_binding import mapped_receipt_judge
from adapters.judiciary.rest_wire import RestWire
from adapters.judiciary.soap_wire import SoapWire
from adapters.settings import JudiciaryProfile, load_profile
from adapters.settings.profile_sections.profile_file import ProtocolName
from gateway.judiciary.capabilities import SealPlace
from gateway.judiciary.courier import Answer, Outcome, SealSlice
from gateway.notice.notice import sha256
from gateway.runtime.clock import system_clock
from tests.conformance.couriers import MINUTE, Courier, _judiciary_partner, _thumbprints, line, settings, signed
from tests.integration.sandbox.municipality import notice


def bind(profile: JudiciaryProfile) -> MappedContract[Any]:
    return (mapped_contract if profile.file.protocol is ProtocolName.MAPPED else mapped_rest_contract)(profile)


@cache
def bound(folder: Path) -> tuple[JudiciaryProfile, MappedContract[Any]]:
    """Load a folder's profile with its mappings; compile them once."""
    profile = load_profile(str(folder), Path())
    return profile, bind(profile)


def courier_to(folder: Path, pki: Path, endpoint: str, channel: Channel) -> Courier:
    profile, contract = bound(folder)
    form, partner = contract.form, _judiciary_partner(pki)
    wire: Any
    if isinstance(form, JsonForm):
        agreed = profile.file.security.jws.form
        verifier = JwsVerifier(partner, form=agreed)
        wire = RestWire(verifier=verifier, bound=form.at, form=agreed, **line(pki, channel, endpoint))
    else:
        wire = SoapWire(
            verifier=MessageVerifier(partner, soap=form.soap),
            actions=form.actions,
            soap=form.soap,
            attaches=contract.seal is SealPlace.ATTACHMENT,
            **line(pki, channel, endpoint),
        )
    return signed(pki, replace(settings(pki, endpoint), codes=profile.codes), wire, contract, system_clock)


def judge_of(folder: Path, pki: Path) -> MappedReceiptJudge:
    profile, contract = bound(folder)
    return mapped_receipt_judge(
        profile, contract.receipt, _judiciary_partner(pki), _thumbprints(pki, "receipts"), MINUTE
    )


def sealed(pki: Path, identifier: str, number: int = 1) -> SealSlice:
    """Return a sealed notice; the same ``number`` gives the same reference."""
    seal = load_signer(pki / "municipality/seal-article-100.key.pem", pki / "municipality/seal-article-100.crt.pem")
    one = notice(identifier, number)
    octets = sign_document(notice_element(one), seal, datetime.now(UTC))
    return SealSlice(reference=one.reference, octets=octets, digest=sha256(octets))


def submit(courier: Courier, *seals: SealSlice) -> Answer[Outcome]:
    return courier.submit(courier.prepare_submission(seals, system_clock()))


def edited(folder: Path, file: str, old: str, new: str) -> Path:
    """Replace the one occurrence of ``old`` in a file of the folder; return the folder."""
    text = (folder / file).read_text(encoding="utf-8")
    assert text.count(old) == 1, old
    (folder / file).write_text(text.replace(old, new), encoding="utf-8")
    return folder
