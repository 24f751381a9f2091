"""The work of judging an evidence file grows with its size, and not with the square of it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from gateway.audit import evidence_answer, evidence_audit
from gateway.audit.evidence_answer import answers
from gateway.audit.evidence_audit import EvidenceAudit, audit_records
from gateway.audit.evidence_recipe import EvidenceCheck
from gateway.evidence.evidence_file import MAX_FILES, Index, IndexedNotice, IndexedRecord, NotAnEvidenceFile, Withheld
from tests.archive.recorder import reference

MANY = 500


def index(notices: int, records: int) -> Index:
    return Index(
        origin="city.example/archive",
        made_at="2026-02-03T09:30:15.123456Z",
        case=None,
        size=max(records, 1),
        notices=tuple(IndexedNotice(reference=reference(n), mapping="m", mapping_digest="") for n in range(notices)),
        records=tuple(IndexedRecord(index=n, file=None, withheld=Withheld.OTHERS) for n in range(records)),
    )


@pytest.mark.parametrize(("notices", "records"), [(MAX_FILES + 1, 1), (1, MAX_FILES + 1)])
def test_an_index_names_no_more_than_a_file_can_hold(notices: int, records: int) -> None:
    assert Index.of(index(1, 1).octets)
    with pytest.raises(NotAnEvidenceFile, match="more notices or records"):
        Index.of(index(notices, records).octets)


def counted(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> Counter[str]:
    calls, original = Counter[str](), getattr(module, name)

    def call(*arguments: Any) -> Any:
        calls[name] += 1
        return original(*arguments)

    monkeypatch.setattr(module, name, call)
    return calls


def test_files_of_notices_are_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    names, attachments = (counted(monkeypatch, evidence_audit, each) for each in ("notice_name", "is_attachment"))
    audit = EvidenceAudit(file="notice.asice")

    def read(name: str) -> bytes:
        raise KeyError(name)

    audit_records(audit, index(MANY, MANY), frozenset(f"mappings/{n:064x}.toml" for n in range(MANY)), read)
    assert names.total() <= 2 * MANY
    assert attachments.total() <= 2 * MANY


def test_the_verdict_of_a_file_is_computed_once_for_all_notices(monkeypatch: pytest.MonkeyPatch) -> None:
    computed = counted(monkeypatch, EvidenceAudit, "verdict_of")
    names = counted(monkeypatch, evidence_answer, "record_name")
    audit = EvidenceAudit(file="notice.asice", index=index(MANY, MANY))
    for number in range(MANY):
        audit.doubt(EvidenceCheck.RECEIPTS, f"notices/{reference(number)}/receipt-000000000001.xml", "a doubt")
    audit.doubt(EvidenceCheck.SEAL, f"notices/{reference(0)}/notice.xml", "a doubt")
    found = answers(audit)
    assert len(found) == MANY
    assert all(EvidenceCheck.RECEIPTS in each.doubts for each in found)
    assert [EvidenceCheck.SEAL in each.doubts for each in found] == [True, *[False] * (MANY - 1)]
    assert computed.total() <= 4 * len(EvidenceCheck)
    assert names.total() <= 2 * MANY
