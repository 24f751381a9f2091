"""Certificates in made-up logs, and their particulars."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from adapters.crypto.keys.note import NoteSigner
from gateway.certificate.certificate_text import PrintedCertificate
from gateway.certificate.recipient_check import RecipientCheck
from gateway.certificate.service_certificate import Deadline, ServiceCertificate, record_of, salt_of
from gateway.merkle.checkpoint import SignedNote
from gateway.merkle.tree import leaf_hash, root_from_inclusion
from gateway.notice.legal_effect import service
from gateway.notice.notice import sha256
from gateway.runtime.bilingual import Words

AT: Final = datetime(2026, 2, 3, 8, 30, 15, 123456, tzinfo=UTC)
LOG: Final = "eblagh.city.example/archive"
KEY: Final = NoteSigner(name=LOG, key=Ed25519PrivateKey.from_private_bytes(b"certificate-key-vouches-for-none"))
STRANGER: Final = NoteSigner(name=LOG, key=Ed25519PrivateKey.from_private_bytes(b"another-key-of-the-same-name----"))
FINGERPRINT: Final = hashlib.sha256(KEY.verifier.public).hexdigest()

PERSON: Final = ("مهران رضایی", "0012345679", "140412345678901234")
"""Name, identifier and case number."""

CHECK: Final = RecipientCheck.new(*PERSON)
FIELDS: Final = {
    "Recipient/Name": PERSON[0],
    "Recipient/Kind": "NATURAL",
    "Recipient/Identifier": PERSON[1],
    "IssuingBody/Title": "کمیسیون ماده ۱۰۰ قانون شهرداری",
    "IssuingBody/District": "منطقه 6",
    "Paper/Kind": "ruling",
    "Paper/Subject": "رأی بدوی درباره تخلف ساختمانی",
    "Case/Number": PERSON[2],
    "Paper/Number": "1404/6/1187",
    "Paper/IssuedOn": "2026-01-28",
}
STEPS: Final = (
    "تاریخ ابلاغ ۱۴۰۴/۱۱/۱۱ است؛ روز ابلاغ جزو مهلت به شمار نمی‌آید.",
    "ده روز از ۱۴۰۴/۱۱/۱۲ شمرده می‌شود و در ۱۴۰۴/۱۱/۲۱ پایان می‌یابد؛ تعطیلات میان مهلت به شمار می‌آید.",
    "روز اقدام جزو مهلت نیست؛ آخرین روز ۱۴۰۴/۱۱/۲۲ است.",
    "۱۴۰۴/۱۱/۲۲ تعطیل رسمی است؛ مهلت به نخستین روز کاری بعد منتقل می‌شود: ۱۴۰۴/۱۱/۲۳.",
)


def certificate(**changes: object) -> ServiceCertificate:
    """Return a certificate of actual service, with these fields changed."""
    arrived, viewed = AT - timedelta(days=3), AT - timedelta(days=2)
    made = ServiceCertificate(
        origin="eblagh.city.example",
        notice="EB-" + "A" * 32,
        seal=sha256(b"seal"),
        body="article-100",
        kind="ruling",
        issued_at=AT,
        delivered_at=arrived,
        viewed_at=viewed,
        legal_service_at=None,
        service=service(arrived, viewed),
        recipient=CHECK,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def deadline(times: int = 1) -> Deadline:
    """Return a deadline with its derivation, which is repeated so many times."""
    steps = tuple(Words(en=step, fa=step) for step in STEPS * times)
    return Deadline(last_day="1404-11-23", rule="article-100-primary 3", calendar="tehran 1404-2", steps=steps)


def printed(made: ServiceCertificate, hashes: int = 20, signer: NoteSigner = KEY, seed: int = 0) -> PrintedCertificate:
    """Return a certificate in a full tree of 2 ** ``hashes`` records; another ``seed`` makes another history."""
    size = 1 << hashes
    index = size // 3
    path: Sequence[bytes] = [leaf_hash(bytes([seed, level])) for level in range(hashes)]
    record = record_of(made, hashlib.sha256(b"salt").digest())
    root = root_from_inclusion(record.leaf_hash, index, size, path)
    assert root is not None
    [own] = SignedNote.of(signer.sign(size, root)).signatures
    return PrintedCertificate(
        certificate=made,
        salt=salt_of(record.header),
        index=index,
        size=size,
        path=tuple(path),
        log=signer.name,
        key_id=own.key_id,
        signature=own.signature,
    )
