"""Archives that somebody has changed, each named after what was done to it: each is found, under its own check."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from adapters.crypto.note import NoteSigner
from adapters.verifier.auditor import audit_archive, read_checkpoint, segments
from gateway.audit import AuditReport
from gateway.checkpoint import SignedNote
from gateway.merkle import Frontier, leaf_hash
from gateway.recipe import Check, Verdict
from gateway.segment import Manifest

from .city import NOW, ORIGIN, Authority

Entries = list[tuple[str, bytes]]

PKI_OF: dict[Path, Path] = {}
"""The keys of the city whose archive is spoiled: whoever forges may have them."""


def entries(path: Path) -> Entries:
    with ZipFile(path) as file:
        return [(info.filename, file.read(info)) for info in file.infolist()]


def write(path: Path, content: Entries, compression: int = ZIP_DEFLATED) -> None:
    with ZipFile(path, "w", compression) as file:
        for name, octets in content:
            file.writestr(name, octets)


def change(path: Path, edit: Callable[[dict[str, bytes]], None]) -> None:
    content = dict(entries(path))
    edit(content)
    write(path, list(content.items()))


def lines(content: dict[str, bytes]) -> list[bytes]:
    return content["records.jsonl"].removesuffix(b"\n").split(b"\n")


def put(content: dict[str, bytes], records: list[bytes]) -> None:
    content["records.jsonl"] = b"".join(line + b"\n" for line in records)


def record_changed(folder: Path) -> None:
    def edit(content: dict[str, bytes]) -> None:
        records = lines(content)
        header = json.loads(records[3])
        header["recorded_at"] = "2026-02-03T09:00:00.000000Z"
        records[3] = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
        put(content, records)

    change(segments(folder)[1], edit)


def record_written_in_another_form(folder: Path) -> None:
    def edit(content: dict[str, bytes]) -> None:
        records = lines(content)
        records[3] = records[3].replace(b'":"', b'": "', 1)
        put(content, records)

    change(segments(folder)[1], edit)


def record_removed_from_the_middle(folder: Path) -> None:
    change(segments(folder)[1], lambda content: put(content, lines(content)[:3] + lines(content)[4:]))


def record_removed_from_the_end(folder: Path) -> None:
    change(segments(folder)[-1], lambda content: put(content, lines(content)[:-1]))


def two_records_swapped(folder: Path) -> None:
    def edit(content: dict[str, bytes]) -> None:
        first, second, *rest = lines(content)
        put(content, [second, first, *rest])

    change(segments(folder)[1], edit)


def segment_missing(folder: Path) -> None:
    segments(folder)[1].unlink()


def first_segment_missing(folder: Path) -> None:
    segments(folder)[0].unlink()


def segment_under_another_name(folder: Path) -> None:
    first, second, *_ = segments(folder)
    first.unlink()
    second.rename(first)


def segment_twice(folder: Path) -> None:
    second = segments(folder)[1]
    first, end = map(int, second.stem.split("-"))
    shutil.copy(second, folder / f"{first:012d}-{end + 1:012d}.zip")


def frontier_lies(folder: Path) -> None:
    def edit(content: dict[str, bytes]) -> None:
        told = Manifest.of(content["segment.json"])
        other = Frontier(size=told.before.size, roots=(leaf_hash(b"other"), *told.before.roots[1:]))
        manifest = Manifest(origin=told.origin, first=told.first, end=told.end, before=other)
        content["segment.json"] = manifest.octets

    change(segments(folder)[1], edit)


def payload_changed(folder: Path) -> None:
    def edit(content: dict[str, bytes]) -> None:
        name = next(name for name in content if name.startswith("payloads/"))
        content[name] += b" "

    change(segments(folder)[1], edit)


def payload_missing(folder: Path) -> None:
    def edit(content: dict[str, bytes]) -> None:
        del content[next(name for name in content if name.startswith("payloads/"))]

    change(segments(folder)[1], edit)


def frame_leads_elsewhere(folder: Path) -> None:
    def edit(content: dict[str, bytes]) -> None:
        name = next(name for name in content if name.startswith("frames/"))
        frame = json.loads(content[name])
        frame["seals"] = ["sha256:../../etc/passwd"] * len(frame["seals"])
        content[name] = json.dumps(frame).encode()

    change(segments(folder)[0], edit)


def unlisted_payload(folder: Path) -> None:
    change(segments(folder)[1], lambda content: content.update({f"payloads/{'0' * 64}": b"more"}))


def unlisted_file(folder: Path) -> None:
    change(segments(folder)[1], lambda content: content.update({"notes.txt": b"more"}))


def path_traversal(folder: Path) -> None:
    change(segments(folder)[1], lambda content: content.update({"payloads/../../../etc/cron.d/x": b"more"}))


def two_entries_of_one_name(folder: Path) -> None:
    path = segments(folder)[1]
    content = entries(path)
    with pytest.warns(UserWarning, match="Duplicate name"):
        write(path, [*content, content[-1]])


def zip_bomb(folder: Path) -> None:
    change(segments(folder)[1], lambda content: content.update({f"payloads/{'0' * 64}": bytes(40 * 1024 * 1024)}))


def entry_larger_than_it_says(folder: Path) -> None:
    path = segments(folder)[1]
    content = dict(entries(path))
    write(path, list(content.items()), ZIP_STORED)
    octets = bytearray(path.read_bytes())
    # The central directory's last entry: its uncompressed size stands 24 octets from its beginning.
    at = octets.rfind(b"PK\x01\x02") + 24
    octets[at : at + 4] = (int.from_bytes(octets[at : at + 4], "little") - 1).to_bytes(4, "little")
    path.write_bytes(bytes(octets))


def cut_off(folder: Path) -> None:
    path = segments(folder)[1]
    path.write_bytes(path.read_bytes()[:-30])


def no_zip(folder: Path) -> None:
    segments(folder)[1].write_bytes(b"nothing")


def checkpoint_signed_by_another_key(folder: Path) -> None:
    def edit(content: dict[str, bytes]) -> None:
        name = next(name for name in content if name.endswith(".note"))
        told = content[name].split(b"\n\n")[0]
        size, root = told.split(b"\n")[1:3]
        other = NoteSigner(name=ORIGIN, key=Ed25519PrivateKey.generate())
        content[name] = other.sign(int(size), base64.b64decode(root))

    change(segments(folder)[1], edit)


def checkpoint_of_another_size(folder: Path) -> None:
    def edit(content: dict[str, bytes]) -> None:
        name = next(name for name in content if name.endswith(".note"))
        content[name] = dict(entries(segments(folder)[0]))[
            next(n for n in dict(entries(segments(folder)[0])) if n.endswith(".note"))
        ]

    change(segments(folder)[1], edit)


def without_a_last_checkpoint(folder: Path) -> None:
    def edit(content: dict[str, bytes]) -> None:
        del content[max(name for name in content if name.endswith(".note"))]

    change(segments(folder)[1], edit)


def token_of_another_checkpoint(folder: Path) -> None:
    first, second, *_ = segments(folder)
    token = next(octets for name, octets in entries(first) if name.endswith(".tst"))

    def edit(content: dict[str, bytes]) -> None:
        content[max(name for name in content if name.endswith(".tst"))] = token

    change(second, edit)


def token_changed(folder: Path) -> None:
    def edit(content: dict[str, bytes]) -> None:
        name = max(name for name in content if name.endswith(".tst"))
        content[name] = content[name][:-1] + bytes([content[name][-1] ^ 1])

    change(segments(folder)[1], edit)


def token_before_the_events(folder: Path) -> None:
    path = segments(folder)[-1]
    name = max(name for name, _ in entries(path) if name.endswith(".note"))
    text = SignedNote.of(dict(entries(path))[name]).text
    early = Authority(PKI_OF[folder], lambda: NOW - timedelta(hours=1)).stamp(hashlib.sha256(text).digest())
    change(path, lambda content: content.update({name.replace(".note", ".tst"): early}))


def without_certificates(folder: Path) -> None:
    def edit(content: dict[str, bytes]) -> None:
        for name in [name for name in content if name.startswith("certificates/")]:
            del content[name]

    change(segments(folder)[0], edit)


DEFECTS = {
    record_changed: Check.TREE,
    record_written_in_another_form: Check.RECORDS,
    record_removed_from_the_middle: Check.CONTAINER,
    record_removed_from_the_end: Check.CONTAINER,
    two_records_swapped: Check.TREE,
    segment_missing: Check.JOIN,
    first_segment_missing: Check.JOIN,
    segment_under_another_name: Check.CONTAINER,
    segment_twice: Check.CONTAINER,
    frontier_lies: Check.JOIN,
    payload_changed: Check.PAYLOAD,
    payload_missing: Check.PAYLOAD,
    frame_leads_elsewhere: Check.PAYLOAD,
    unlisted_payload: Check.CONTAINER,
    unlisted_file: Check.CONTAINER,
    path_traversal: Check.CONTAINER,
    two_entries_of_one_name: Check.CONTAINER,
    zip_bomb: Check.CONTAINER,
    entry_larger_than_it_says: Check.CONTAINER,
    cut_off: Check.CONTAINER,
    no_zip: Check.CONTAINER,
    checkpoint_signed_by_another_key: Check.CHECKPOINT,
    checkpoint_of_another_size: Check.TREE,
    without_a_last_checkpoint: Check.CONTAINER,
    token_of_another_checkpoint: Check.TIME,
    token_changed: Check.TIME,
    token_before_the_events: Check.TIME,
    without_certificates: Check.SIGNATURE,
}


def audit(folder: Path, pki: Path, *kept: Path) -> AuditReport:
    trust = pki / "anchors"
    return audit_archive(folder, trust, [read_checkpoint(path, trust) for path in kept], workers=1)


def test_an_archive_that_nobody_touched_passes_every_check(archived: Path, pki: Path) -> None:
    report = audit(archived / "archive", pki, archived / "early.note", archived / "last.note")
    assert report.findings == []
    assert report.good
    assert report.stamped_at[:19] >= report.last_time[:19]
    assert len(segments(archived / "archive")) == 5
    assert report.kinds == {
        "SEALED_NOTICE": 12,
        "MESSAGE_SENT": 4,
        "MESSAGE_RECEIVED": 5,
        "RECEIPT": 12,
        "PERSON_ACT": 1,
    }
    # What came and was not believed has no signature that could verify, and an act has none.
    assert report.passed[Check.SIGNATURE] == report.records - 2
    assert report.passed[Check.PAYLOAD] == report.records == report.size


def test_several_processes_come_to_the_same(archived: Path, pki: Path) -> None:
    folder, trust = archived / "archive", pki / "anchors"
    assert audit_archive(folder, trust, workers=2) == audit_archive(folder, trust, workers=1)


@pytest.mark.parametrize("spoil", DEFECTS, ids=lambda spoil: spoil.__name__)
def test_whatever_is_done_to_it_is_found(
    spoil: Callable[[Path], None], spoiled: Path, pki: Path, archived: Path
) -> None:
    PKI_OF[spoiled] = pki
    spoil(spoiled)
    report = audit(spoiled, pki, archived / "early.note", archived / "last.note")
    assert report.verdicts[DEFECTS[spoil]] is Verdict.FAILED
    assert [finding for finding in report.findings if finding.check is DEFECTS[spoil]]
    assert not report.good


def test_a_checkpoint_without_a_time_stamp_is_undated_and_not_wrong(spoiled: Path, pki: Path) -> None:
    for path in segments(spoiled):
        change(path, lambda content: [content.pop(name) for name in list(content) if name.endswith(".tst")])
    report = audit(spoiled, pki)
    assert report.verdicts[Check.TIME] is Verdict.INDETERMINATE
    assert {finding.reason for finding in report.findings if finding.check is Check.TIME} == {"without a time-stamp"}


def test_who_trusts_no_time_authority_is_told_so(archived: Path, pki: Path, tmp_path: Path) -> None:
    trust = shutil.copytree(pki / "anchors", tmp_path / "trust")
    (trust / "time-root.pem").unlink()
    report = audit_archive(archived / "archive", trust, workers=1)
    assert report.verdicts[Check.TIME] is Verdict.INDETERMINATE
    assert report.stamped_at == ""


def test_what_is_cut_off_at_the_end_is_known_by_a_checkpoint_alone(spoiled: Path, pki: Path, archived: Path) -> None:
    segments(spoiled)[-1].unlink()
    assert audit(spoiled, pki).verdicts[Check.HISTORY] is Verdict.INDETERMINATE
    assert audit(spoiled, pki, archived / "early.note").good
    report = audit(spoiled, pki, archived / "last.note")
    assert report.verdicts[Check.HISTORY] is Verdict.FAILED
    assert "the last ones are missing" in report.findings[0].reason
