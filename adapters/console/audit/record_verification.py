"""Verification of one record here by the verifier's own functions, in the order of the auditor's recipe.

Each part of the work is bounded: one record, one inclusion proof, one signature.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from adapters.composition.archive import known_certificates
from adapters.composition.installation import Installation
from adapters.composition.overview.configured_trust import configured_trust, time_anchors, time_certificates
from adapters.crypto.keys.certificate import parse_pem
from adapters.timestamp.token import verify_token
from adapters.verifier.trust.document_judge import SignatureJudge
from gateway.archive.timestamping import TimeStamp, TokenRefused
from gateway.audit.audit import CONNECTION_ONLY, SENT_UNSIGNED, CannotTell
from gateway.audit.audit_recipe import RECIPE, Check
from gateway.evidence.evidence_log import StoredCheckpoint
from gateway.evidence.evidence_query import FoundRecord
from gateway.merkle.checkpoint import Checkpoint, NotANote, SignedNote
from gateway.merkle.tiles import Tiles
from gateway.merkle.tree import inclusion_path, leaf_hash, root_from_inclusion
from gateway.notice.notice import sha256
from gateway.record.evidence_record import Header, NotARecord
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import GatewayError
from gateway.runtime.verdict import Verdict
from gateway.trust.trust_policy import Rejection

_NO_PLACE: Final = Words(
    en="it has no place in the tree yet; the archive's next pass gives it one",
    fa="هنوز جایی در درخت ندارد؛ نوبت بعدی بایگانی جای آن را تعیین می‌کند",
)
_NO_CHECKPOINT: Final = Words(en="no checkpoint covers it yet", fa="هنوز هیچ نقطه وارسی آن را در بر نمی‌گیرد")
_NO_TIME: Final = Words(
    en="no time authority has stamped a checkpoint over it yet",
    fa="هنوز مرجع زمانی، نقطه وارسی دربرگیرنده آن را مهر نکرده است",
)
_NO_ANCHORS: Final = Words(
    en="the configuration has no roots by which it could be judged", fa="در پیکربندی ریشه‌ای برای داوری درباره آن نیست"
)
_SAME_ROOT: Final = Words(en="its inclusion proof leads to the signed root", fa="اثبات شمول آن به ریشه امضاشده می‌رسد")
_OTHER_ROOT: Final = Words(
    en="its inclusion proof does not lead to the signed root", fa="اثبات شمول آن به ریشه امضاشده نمی‌رسد"
)
_SAME_OCTETS: Final = Words(en="the octets are those of the digest", fa="داده با چکیده آن برابر است")
_UNSIGNED: Final = Words(
    en="nobody signs records of this kind; the checkpoint speaks for them",
    fa="رکوردهای این نوع امضای جداگانه ندارد؛ نقطه وارسی آن‌ها را اثبات می‌کند",
)
_SIGNED: Final = Words(
    en="the signature is whole, by a signer who may sign this", fa="امضا درست است و امضاکننده مجاز به آن است"
)
_ORDER: Final = (Check.RECORDS, Check.TREE, Check.CHECKPOINT, Check.TIME, Check.PAYLOAD, Check.SIGNATURE)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCheck:
    """One check of the recipe on one record, with its verdict and the reason. ``detail`` is a code or a number."""

    check: Check
    verdict: Verdict
    reason: Words
    detail: str = ""

    @property
    def title(self) -> Words:
        return RECIPE[self.check].title


@dataclass(frozen=True, slots=True, kw_only=True)
class InclusionProof:
    """Proof that a record stands in a tree: its place, the tree's size and root, and the hashes from leaf to root."""

    index: int
    size: int
    root: str
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordVerification:
    """Checks in the order of the recipe; ``proof`` is None for a record that no checkpoint covers."""

    checks: tuple[RecordCheck, ...]
    proof: InclusionProof | None

    @property
    def verdict(self) -> Verdict:
        """The worst verdict of all checks: FAILED, then INDETERMINATE."""
        found = {each.verdict for each in self.checks}
        worst = (Verdict.FAILED, Verdict.INDETERMINATE)
        return next((verdict for verdict in worst if verdict in found), Verdict.PASSED)


def verify_record(installation: Installation, record: FoundRecord) -> RecordVerification:
    """Verify one record. Raises `GatewayError` ``store.*``."""
    by_check = {each.check: each for each in _header_checks(record)}
    proof = None
    covering = None if record.index is None else installation.store().records.covering(record.index)
    if record.index is None or covering is None:
        reason = _NO_PLACE if record.index is None else _NO_CHECKPOINT
        for check in (Check.TREE, Check.CHECKPOINT, Check.TIME):
            by_check[check] = RecordCheck(check=check, verdict=Verdict.INDETERMINATE, reason=reason)
    else:
        proof, checks = _in_tree(installation, record, record.index, covering)
        by_check |= {each.check: each for each in checks}
        by_check[Check.TIME] = _time(installation, record.index)
    octets, by_check[Check.PAYLOAD] = _payload(installation, record)
    by_check[Check.SIGNATURE] = _signature(installation, record, octets)
    return RecordVerification(checks=tuple(by_check[check] for check in _ORDER), proof=proof)


def _header_checks(record: FoundRecord) -> Iterator[RecordCheck]:
    try:
        header = Header.of(record.row.header)
    except NotARecord as problem:
        yield _failed(Check.RECORDS, str(problem))
        return
    right = header.id == record.row.id and header.payload_digest == record.row.payload_digest
    words = Words(en="the header has its one form", fa="سرآیند شکل یگانه خود را دارد")
    if right:
        yield RecordCheck(check=Check.RECORDS, verdict=Verdict.PASSED, reason=words)
    else:
        yield _failed(Check.RECORDS, "row and header differ")


def _in_tree(
    installation: Installation, record: FoundRecord, index: int, covering: StoredCheckpoint
) -> tuple[InclusionProof | None, list[RecordCheck]]:
    try:
        checkpoint = Checkpoint.of(SignedNote.of(covering.note).text)
    except NotANote as problem:
        return None, [_failed(Check.TREE, str(problem)), _failed(Check.CHECKPOINT, str(problem))]
    try:
        path = inclusion_path(index, checkpoint.size, Tiles(checkpoint.size, installation.store().log.tile).node)
    except (KeyError, ValueError):
        return None, [_failed(Check.TREE, "a tile of the tree is missing"), _note(installation, covering)]
    same = root_from_inclusion(leaf_hash(record.row.header), index, checkpoint.size, path) == checkpoint.root
    proof = InclusionProof(
        index=index, size=checkpoint.size, root=checkpoint.root.hex(), path=tuple(each.hex() for each in path)
    )
    tree = RecordCheck(
        check=Check.TREE,
        verdict=Verdict.PASSED if same else Verdict.FAILED,
        reason=_SAME_ROOT if same else _OTHER_ROOT,
        detail=f"{index} / {checkpoint.size}",
    )
    return proof, [tree, _note(installation, covering)]


def _note(installation: Installation, covering: StoredCheckpoint) -> RecordCheck:
    """Return the verdict on a checkpoint's signature by the archive's own key."""
    try:
        key = installation.checkpoints.verifier
    except GatewayError as error:
        return _unclear(Check.CHECKPOINT, error)
    try:
        checkpoint = key.open(covering.note)
    except NotANote as problem:
        return _failed(Check.CHECKPOINT, str(problem))
    words = Words(en="the archive's key has signed it", fa="کلید بایگانی آن را امضا کرده است")
    return RecordCheck(check=Check.CHECKPOINT, verdict=Verdict.PASSED, reason=words, detail=checkpoint.origin)


def _time(installation: Installation, index: int) -> RecordCheck:
    stamped = installation.store().records.covering(index, stamped=True)
    if stamped is None:
        return RecordCheck(check=Check.TIME, verdict=Verdict.INDETERMINATE, reason=_NO_TIME)
    try:
        found = time_stamp(installation, stamped)
    except TokenRefused as refused:
        return RecordCheck(check=Check.TIME, verdict=Verdict.FAILED, reason=_of(refused), detail=refused.code)
    except GatewayError as error:
        return _unclear(Check.TIME, error)
    if found is None:
        return RecordCheck(check=Check.TIME, verdict=Verdict.INDETERMINATE, reason=_NO_ANCHORS)
    words = Words(en="it was there at the time that the authority states", fa="در زمان گواهی مرجع زمانی موجود بوده است")
    return RecordCheck(
        check=Check.TIME, verdict=Verdict.PASSED, reason=words, detail=f"{found.time.isoformat()} {found.authority}"
    )


def time_stamp(installation: Installation, stamped: StoredCheckpoint) -> TimeStamp | None:
    """Verify the time-stamp of a checkpoint; None without a stamp, or without roots to judge by.

    Raises `TokenRefused`, and `GatewayError` ``key.*``.
    """
    anchors = time_anchors(installation)
    if stamped.token is None or not anchors:
        return None
    digest = hashlib.sha256(SignedNote.of(stamped.note).text).digest()
    return verify_token(stamped.token, digest, anchors, between=time_certificates(installation))


def _payload(installation: Installation, record: FoundRecord) -> tuple[bytes | None, RecordCheck]:
    digest = record.row.payload_digest
    try:
        octets = installation.store().evidence.payload(digest)
    except GatewayError as error:
        if error.code == "retention.deleted":
            return None, _unclear(Check.PAYLOAD, error)
        return None, RecordCheck(check=Check.PAYLOAD, verdict=Verdict.FAILED, reason=_of(error), detail=error.code)
    if sha256(octets) != digest:
        return None, _failed(Check.PAYLOAD, "other octets than the digest says")
    return octets, RecordCheck(check=Check.PAYLOAD, verdict=Verdict.PASSED, reason=_SAME_OCTETS)


def _signature(installation: Installation, record: FoundRecord, octets: bytes | None) -> RecordCheck:
    check = Check.SIGNATURE
    if octets is None:
        words = Words(en="its octets are not here", fa="داده آن در دسترس نیست")
        return RecordCheck(check=check, verdict=Verdict.INDETERMINATE, reason=words)
    try:
        facts = _judge(installation).judge(Header.of(record.row.header), octets)
    except NotARecord as problem:
        return _failed(check, str(problem))
    except CannotTell as doubt:
        known = {words.en: words for words in (CONNECTION_ONLY, SENT_UNSIGNED)}
        reason = known.get(doubt.reason, Words(en=doubt.reason, fa=doubt.reason))
        return RecordCheck(check=check, verdict=Verdict.INDETERMINATE, reason=reason)
    except Rejection as refused:
        return RecordCheck(check=check, verdict=Verdict.FAILED, reason=_of(refused), detail=refused.code)
    except GatewayError as error:
        return _unclear(check, error)
    return RecordCheck(check=check, verdict=Verdict.PASSED, reason=_UNSIGNED if facts is None else _SIGNED)


def _judge(installation: Installation) -> SignatureJudge:
    """Return the judge of signatures by the trust of the configuration and the certificates of the store."""
    evidence = installation.store().evidence

    def find(id: str) -> tuple[Header, bytes]:
        row = evidence.record(id)
        if row is None:
            raise CannotTell(f"the message that carried it ({id}) is not here")
        return Header.of(row.header), evidence.payload(row.payload_digest)

    certificates = {name: parse_pem(pem, name) for name, pem in known_certificates(installation).items()}
    return SignatureJudge(certificates, configured_trust(installation), find=find)


def _failed(check: Check, reason: str) -> RecordCheck:
    return RecordCheck(check=check, verdict=Verdict.FAILED, reason=RECIPE[check].failed, detail=reason)


def _unclear(check: Check, error: GatewayError) -> RecordCheck:
    return RecordCheck(check=check, verdict=Verdict.INDETERMINATE, reason=_of(error), detail=error.code)


def _of(error: GatewayError) -> Words:
    return Words(en=error.entry.en, fa=error.entry.fa)
