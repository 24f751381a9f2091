"""docs/audit/evidence-file.md lists every check; every event and state has words in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.evidence import words
from gateway.audit.evidence_recipe import RECIPE, EvidenceCheck
from gateway.evidence.evidence_file import (
    InclusionProof,
    Index,
    IndexedNotice,
    IndexedRecord,
    NotAnEvidenceFile,
    Withheld,
    is_entry,
)
from gateway.evidence.timeline import Recorded
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.legal_effect import Effect
from gateway.overview import notice_words

PAGE = (Path(__file__).parents[2] / "docs/audit/evidence-file.md").read_text(encoding="utf-8")

INDEX = Index(
    origin="city.example/archive",
    made_at="2026-02-03T09:30:15.123456Z",
    case=None,
    size=8,
    notices=(IndexedNotice(reference=f"EB-{'A' * 32}", mapping="builtin-3", mapping_digest=""),),
    records=(
        IndexedRecord(index=3, file=f"notices/EB-{'A' * 32}/notice.xml", withheld=None),
        IndexedRecord(index=4, file=None, withheld=Withheld.OTHERS),
    ),
)


def test_the_page_has_the_whole_recipe() -> None:
    assert set(RECIPE) == set(EvidenceCheck)
    for check, step in RECIPE.items():
        unclear = step.unclear.en if step.unclear else "–"
        assert f"| {check} | {step.asks.en} | {step.failed.en} | {unclear} |" in PAGE
        for words_of in (step.title, step.asks, step.failed, step.unclear):
            assert words_of is None or not set("يكة") & set(words_of.fa), "Arabic letters"


def test_checks_are_numbered_as_they_stand() -> None:
    assert [int(check.split()[0]) for check in EvidenceCheck] == list(range(1, len(EvidenceCheck) + 1))


def test_the_page_has_every_reason_for_which_something_is_withheld() -> None:
    assert all(f"| `{reason}` |" in PAGE for reason in Withheld)
    assert set(words.WITHHELD) == set(Withheld)


def test_everything_has_words_in_both_languages() -> None:
    assert set(notice_words.EVENTS) == {*DeliveryEvent, *Recorded}
    assert set(notice_words.STATES) == set(DeliveryState)
    assert set(notice_words.EFFECTS) == set(Effect)
    for table in (notice_words.EVENTS, notice_words.STATES, notice_words.EFFECTS, words.WITHHELD):
        for each in table.values():
            assert each.en.isascii()
            assert not each.fa.isascii()
            assert not set("يكة") & set(each.fa), "Arabic letters"


def test_an_index_is_written_in_one_way() -> None:
    assert Index.of(INDEX.octets) == INDEX


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'"size": 8', b'"size": 4'),
        (b'"index": 3', b'"index": 4'),
        (b'"index": 3', b'"index": -3'),
        (b'"withheld": "OTHERS"', b'"withheld": "SECRET"'),
        (b'"withheld": "OTHERS"', b'"withheld": null'),
        (b'"v": 1', b'"v": 2'),
        (b'"v": 1', b'"v":  1'),
        (b'"case": null,', b""),
        (b'"case": null', b'"case": 7'),
        (b'"size": 8', b'"size": 8.0'),
        (b'"index": 3', b'"index": 3.0'),
        (b'"origin": "', b'"origin": "\\ud800'),
        (b'"mapping_digest": "', b'"mapping_digest": 5, "x": "'),
        (b"2026-02-03T", b"2026-02-30T"),
        (b"EB-", b"XB-"),
        (b"[", b"[" * 100_000),
    ],
)
def test_another_form_of_an_index_is_refused(before: bytes, after: bytes) -> None:
    octets = INDEX.octets.replace(before, after)
    assert octets != INDEX.octets
    with pytest.raises(NotAnEvidenceFile):
        Index.of(octets)


@pytest.mark.parametrize("octets", [b"", b"[]", b"null", b'{"v": 1}', b"\xff", b'{"path": [1]}'])
def test_what_is_no_proof_is_refused(octets: bytes) -> None:
    with pytest.raises(NotAnEvidenceFile):
        InclusionProof.of(octets)


def test_a_proof_is_written_in_one_way() -> None:
    proof = InclusionProof(index=3, size=8, path=(b"\x01" * 32, b"\x02" * 32, b"\x03" * 32))
    assert InclusionProof.of(proof.octets) == proof
    with pytest.raises(NotAnEvidenceFile):
        InclusionProof.of(proof.octets.replace(b"0202", b"", 1))
    with pytest.raises(NotAnEvidenceFile):
        InclusionProof.of(proof.octets.replace(b'"index": 3', b'"index": 3.0'))


@pytest.mark.parametrize(
    "name",
    ["", "..", "/evidence.json", "notices/../evidence.json", "evidence.json\n", "records/1.json", "META-INF/x.xml",
     "notices/EB-x/notice.xml", "certificates/A.pem", "Evidence.json", "VERIFY.de.txt", "mimetype/"],
)  # fmt: skip
def test_other_names_are_refused(name: str) -> None:
    assert not is_entry(name)
