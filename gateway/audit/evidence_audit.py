"""Audit of an evidence file's records, proofs and timeline (`gateway.audit.evidence_recipe` has the checks).

Signatures need anchors and are judged in `adapters.verifier.evidence.evidence_verification`; nothing here needs any.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gateway.audit.audit import shown
from gateway.audit.evidence_recipe import EvidenceCheck
from gateway.evidence.evidence_file import (
    BUNDLES,
    TIMELINE,
    InclusionProof,
    Index,
    IndexedRecord,
    NotAnEvidenceFile,
    Withheld,
    bundle_names,
    is_attachment,
    mapping_name,
    message_names,
    notice_name,
    paper_name,
    proof_name,
    receipt_names,
    record_name,
)
from gateway.evidence.timeline_audit import disagreements, receipts_of
from gateway.merkle.checkpoint import Checkpoint
from gateway.merkle.tree import leaf_hash, root_from_inclusion
from gateway.notice.legal_effect import day_in_words, moment_in_words
from gateway.notice.notice import sha256
from gateway.record.evidence_record import EvidenceKind, Header, NotARecord
from gateway.runtime.bilingual import Words
from gateway.runtime.clock import TEHRAN, parse_timestamp, timestamp
from gateway.runtime.verdict import Verdict

Read = Callable[[str], bytes]
"""Function that returns a file's octets. Raises `KeyError` for an absent file, and `NotAnEvidenceFile`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceFinding:
    """Deviation, or point that could not be judged: the check, the place and the reason."""

    check: EvidenceCheck
    verdict: Verdict
    subject: str
    reason: str
    beside: bool = False
    """True if it does not affect the answer about the notice (`gateway.audit.evidence_answer`)."""


@dataclass(slots=True, kw_only=True)
class EvidenceAudit:
    """Result for an evidence file; ``facts`` are its proven facts, for people.

    ``withheld`` are the ids of records without a payload here, with the reason. ``fields`` are the texts of each sealed
    notice with a valid signature, by reference.
    ``tracking`` are the numbers in its receipts. ``proven`` are the ids of receipts that passed. ``papers`` are the
    notices whose paper.pdf is the sealed paper.
    ``outcomes`` are the receipts that the timeline names for each notice, by their events.
    """

    file: str
    index: Index | None = None
    headers: dict[int, Header] = field(default_factory=dict)
    facts: list[Words] = field(default_factory=list)
    withheld: dict[str, Withheld] = field(default_factory=dict)
    fields: dict[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    tracking: dict[str, list[str]] = field(default_factory=dict)
    proven: set[str] = field(default_factory=set)
    papers: set[str] = field(default_factory=set)
    outcomes: dict[str, Mapping[str, str]] = field(default_factory=dict)
    passed: Counter[EvidenceCheck] = field(default_factory=Counter)
    findings: list[EvidenceFinding] = field(default_factory=list)

    def add(
        self,
        check: EvidenceCheck,
        subject: str,
        reason: str,
        verdict: Verdict = Verdict.FAILED,
        *,
        beside: bool = False,
    ) -> None:
        where, why = shown(subject), shown(reason)
        self.findings.append(EvidenceFinding(check=check, verdict=verdict, subject=where, reason=why, beside=beside))

    def tell(self, en: str, fa: str, **values: str | Words) -> None:
        """Add a fact from the file, valid only if its check passed.

        ``values`` fill both sentences; texts are those of the file and are made safe to show. In the Persian sentence
        each is isolated, or its digits and Latin letters would appear in another order.
        """
        both = {name: each if isinstance(each, Words) else _safe(each) for name, each in values.items()}
        english, persian = (
            {name: each.en for name, each in both.items()},
            {name: _isolated(each.fa) for name, each in both.items()},
        )
        self.facts.append(Words(en=en.format(**english), fa=fa.format(**persian)))

    def doubt(self, check: EvidenceCheck, subject: str, reason: str, *, beside: bool = False) -> None:
        self.add(check, subject, reason, Verdict.INDETERMINATE, beside=beside)

    def verdict_of(self, check: EvidenceCheck) -> Verdict:
        """Return the worst verdict of its findings; INDETERMINATE if nothing passed."""
        found = {finding.verdict for finding in self.findings if finding.check is check}
        if Verdict.FAILED in found:
            return Verdict.FAILED
        return Verdict.PASSED if self.passed[check] and not found else Verdict.INDETERMINATE

    @property
    def verdicts(self) -> dict[EvidenceCheck, Verdict]:
        return {check: self.verdict_of(check) for check in EvidenceCheck}

    @property
    def verdict(self) -> Verdict:
        """Return the worst verdict of all checks."""
        found = set(self.verdicts.values())
        return next(verdict for verdict in (Verdict.FAILED, Verdict.INDETERMINATE, Verdict.PASSED) if verdict in found)


def audit_records(audit: EvidenceAudit, index: Index, names: Collection[str], read: Read) -> None:
    """Judge headers and payloads of the records in ``index``; fill ``audit.headers`` by place."""
    check = EvidenceCheck.RECORDS
    references = {notice.reference: notice for notice in index.notices}
    owners, attachments = {notice_name(each): each for each in references}, _attachments(names)
    known: set[str] = set()
    for record in index.records:
        name = record_name(record.index)
        known |= {name, proof_name(record.index)} | ({record.file} if record.file else set())
        if (owner := owners.get(record.file or "")) is not None:
            known |= {paper_name(owner), *attachments.get(owner, ())}
        try:
            header = Header.of(read(name))
        except KeyError:
            audit.add(check, name, "is not here")
            continue
        except NotARecord as problem:
            audit.add(check, name, str(problem))
            continue
        audit.headers[record.index] = header
        if header.notice is not None and header.notice not in references:
            audit.add(check, name, f"about another notice: {header.notice}")
        elif not _is_placed(record, header):
            audit.add(check, name, f"a {header.kind} does not stand in {record.file or record.withheld}")
        else:
            audit.passed[check] += 1
        _audit_payload(audit, record, header, read)
    for name in sorted(names):
        if name.startswith(("records/", "notices/", "messages/")) and name not in known:
            audit.add(check, name, "belongs to no record")
    _audit_mappings(audit, index, names, read)
    _audit_bundles(audit, names, read)
    sealed: dict[str | None, list[Header]] = {}
    for header in audit.headers.values():
        if header.kind is EvidenceKind.SEALED_NOTICE:
            sealed.setdefault(header.notice, []).append(header)
    for reference, notice in references.items():
        seals = sealed.get(reference, [])
        if len(seals) != 1:
            audit.add(check, reference, f"{len(seals)} records of its seal, where one is told")
        elif seals[0].context.get("mapping_digest", "") != notice.mapping_digest:
            audit.add(check, reference, "another mapping than its record says")


def _attachments(names: Collection[str]) -> dict[str, list[str]]:
    """Return the names of attachments by the reference of their notice."""
    found: dict[str, list[str]] = {}
    for name in names:
        folder, _, rest = name.partition("/")
        reference = rest.partition("/")[0]
        if folder == "notices" and is_attachment(name, reference):
            found.setdefault(reference, []).append(name)
    return found


def _is_placed(record: IndexedRecord, header: Header) -> bool:
    """Return True if the payload has the name that its record gives it, or may be left out for the stated reason."""
    match header.kind:
        case EvidenceKind.SEALED_NOTICE:
            return header.notice is not None and _is_at(record, notice_name(header.notice))
        case EvidenceKind.RECEIPT:
            return header.notice is not None and _is_at(record, *receipt_names(header.notice, record.index))
        case (
            EvidenceKind.MESSAGE_SENT
            | EvidenceKind.MESSAGE_RECEIVED
            | EvidenceKind.COURTESY_MESSAGE
            | EvidenceKind.COURTESY_OUTCOME
        ):
            if "refused" in header.context:
                return record.withheld is Withheld.REFUSED
            return record.withheld in (Withheld.OTHERS, Withheld.DAMAGED) or _is_at(
                record, *message_names(record.index)
            )
        case EvidenceKind.PERSON_ACT:
            return record.withheld is Withheld.WORDS
        case EvidenceKind.CONFIGURATION_CHANGED:
            return record.withheld is Withheld.CONFIGURATION
        case _:
            return record.withheld is Withheld.OTHERS


def _is_at(record: IndexedRecord, *names: str) -> bool:
    return record.file in names or record.withheld is Withheld.DELETED


def _audit_payload(audit: EvidenceAudit, record: IndexedRecord, header: Header, read: Read) -> None:
    if record.file is None:
        if record.withheld is not None:
            audit.withheld[header.id] = record.withheld
        if record.withheld is Withheld.DELETED:
            _tell_of_deletion(audit, record, header)
        elif record.withheld is Withheld.DAMAGED:
            _tell_of_damage(audit, record)
        return
    try:
        found = sha256(read(record.file))
    except KeyError:
        audit.add(EvidenceCheck.PAYLOADS, record.file, "is not here")
        return
    if found != header.payload_digest:
        audit.add(EvidenceCheck.PAYLOADS, record.file, f"is not what the record {header.id} names")
    else:
        audit.passed[EvidenceCheck.PAYLOADS] += 1


def _tell_of_deletion(audit: EvidenceAudit, record: IndexedRecord, header: Header) -> None:
    name, rule, day = record_name(record.index), str(record.rule), str(record.deleted_at)[:10]
    reason = f"deleted under rule {rule} on {day}, says the archive"
    audit.doubt(EvidenceCheck.PAYLOADS, name, reason, beside=header.kind in _MESSAGES)
    audit.tell(
        "what {record} names was deleted under the rule {rule} on {day}, says the archive",
        "آنچه {record} نام می‌برد طبق قاعده {rule} در {day} حذف شده است، به گفته بایگانی",
        record=name,
        rule=rule,
        day=day_in_words(parse_timestamp(str(record.deleted_at)).astimezone(TEHRAN).date()),
    )


def _tell_of_damage(audit: EvidenceAudit, record: IndexedRecord) -> None:
    name = record_name(record.index)
    reason = "its message was damaged in the gateway's store, says the gateway"
    audit.doubt(EvidenceCheck.PAYLOADS, name, reason, beside=True)
    audit.tell(
        "the message that {record} names was damaged in the gateway's store, says the gateway",
        "محتوای ذخیره‌شده پیامی که {record} نام می‌برد آسیب دیده است، به گفته درگاه",
        record=name,
    )


_MESSAGES = frozenset({
    EvidenceKind.MESSAGE_SENT,
    EvidenceKind.MESSAGE_RECEIVED,
    EvidenceKind.COURTESY_MESSAGE,
    EvidenceKind.COURTESY_OUTCOME,
})  # fmt: skip
"""Records of messages, which prove nothing of service: notice and receipt prove themselves."""


def _audit_mappings(audit: EvidenceAudit, index: Index, names: Collection[str], read: Read) -> None:
    """Judge that each mapping file is one that a notice's record names."""
    told = {mapping_name(notice.mapping_digest): notice.mapping_digest for notice in index.notices}
    for name in sorted(names):
        if not name.startswith("mappings/"):
            continue
        if name not in told:
            audit.add(EvidenceCheck.RECORDS, name, "is named by no notice")
        elif sha256(read(name)) != told[name]:
            audit.add(EvidenceCheck.PAYLOADS, name, "is not the mapping that the notice's record names")
        else:
            audit.passed[EvidenceCheck.PAYLOADS] += 1


def _audit_bundles(audit: EvidenceAudit, names: Collection[str], read: Read) -> None:
    """Judge that each file of a profile, of rules or of a calendar is one that a record names."""
    files = {name: digest for each in audit.headers.values() for name, digest in bundle_names(each.context).items()}
    for name in sorted(names):
        if name.partition("/")[0] not in BUNDLES.values():
            continue
        if name not in files:
            audit.add(EvidenceCheck.RECORDS, name, "is named by no record")
        elif sha256(read(name)) != files[name]:
            audit.add(EvidenceCheck.PAYLOADS, name, "is not the bundle that a record names")
        else:
            audit.passed[EvidenceCheck.PAYLOADS] += 1


def audit_inclusion(audit: EvidenceAudit, index: Index, checkpoint: Checkpoint, read: Read) -> None:
    """Judge that each record stands in the tree of a verified checkpoint."""
    check = EvidenceCheck.INCLUSION
    for record in index.records:
        name = proof_name(record.index)
        try:
            proof, octets = InclusionProof.of(read(name)), read(record_name(record.index))
        except KeyError:
            audit.add(check, name, "is not here")
            continue
        except NotAnEvidenceFile as problem:
            audit.add(check, name, str(problem))
            continue
        if (proof.index, proof.size) != (record.index, checkpoint.size):
            audit.add(check, name, "a proof of another place, or for another tree")
        elif root_from_inclusion(leaf_hash(octets), proof.index, proof.size, proof.path) != checkpoint.root:
            audit.add(check, name, "does not lead from its record to the root that was signed")
        else:
            audit.passed[check] += 1


def audit_timeline(audit: EvidenceAudit, index: Index, read: Read) -> None:
    """Judge the timeline by the records that it names."""
    check = EvidenceCheck.TIMELINE
    headers: Mapping[str, Header] = {header.id: header for header in audit.headers.values()}
    try:
        told = json.loads(read(TIMELINE))
        found: Sequence[str] = [reason for each in told["notices"] for reason in disagreements(each, headers)]
        references = [each["reference"] for each in told["notices"]]
        named = {element["record"] for each in told["notices"] for element in each["elements"]}
        outcomes = {each["reference"]: receipts_of(each) for each in told["notices"]}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        audit.add(check, TIMELINE, "is not here, or has another form")
        return
    audit.outcomes |= outcomes
    if references != [notice.reference for notice in index.notices]:
        audit.add(check, TIMELINE, "of other notices than evidence.json tells")
    _compare_receipts(audit, headers)
    for reason in found:
        audit.add(check, TIMELINE, reason)
    for record in sorted(headers.keys() - named):
        audit.add(check, TIMELINE, f"does not tell of {record}")
    audit.passed[check] += 1


def _compare_receipts(audit: EvidenceAudit, headers: Mapping[str, Header]) -> None:
    """Doubt a timeline that leaves out what a proven receipt states, or tells it of another time."""
    for place, header in audit.headers.items():
        if header.kind is not EvidenceKind.RECEIPT or header.id not in audit.proven:
            continue
        event = header.context.get("event", "")
        named = headers.get(audit.outcomes.get(header.notice or "", {}).get(event, ""))
        if named is None or named.event_time != header.event_time:
            reason = f"a signed receipt states {event} at {header.event_time}, and the timeline does not"
            audit.doubt(EvidenceCheck.TIMELINE, record_name(place), reason)


def moment_words(moment: datetime) -> Words:
    """Return a time for a fact: exact and UTC in English, in Tehran and Jalali in Persian."""
    return Words(en=timestamp(moment), fa=moment_in_words(moment).fa)


_ISOLATE, _END_ISOLATE = "\u2068", "\u2069"
_DIRECTIONS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C])


def _safe(text: str) -> Words:
    """Return a text of the file, safe to show. Beside Persian, marks of direction are left out."""
    return Words(en=shown(text), fa=shown(text.translate(_DIRECTIONS)))


def _isolated(value: str) -> str:
    return f"{_ISOLATE}{value.translate(_DIRECTIONS)}{_END_ISOLATE}"
