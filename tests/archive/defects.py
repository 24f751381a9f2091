"""Defects of an archive, one function each and named after it: the check that finds it, and its words.

A forger has what the defect needs: `Spoiled.reseal` is the work of one who has the archive's key and asks the
time authority, so that what he leaves behind is without a flaw but for what he changed.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from adapters.crypto.keys.certificate import read_pem
from adapters.crypto.keys.note import NoteSigner, load_note_signer
from adapters.sandbox.pki.devlists import DevelopmentAuthorities
from adapters.verifier.archive.auditor import segments
from gateway.archive.segment import Manifest, list_name
from gateway.audit.audit_recipe import Check
from gateway.merkle.checkpoint import SignedNote
from gateway.merkle.tree import Frontier, leaf_hash
from gateway.trust.revocation_status import Revocation

from .recorder import NOW, ORIGIN, Authority

Entries = list[tuple[str, bytes]]
Content = dict[str, bytes]


@dataclass(frozen=True)
class Spoiled:
    """A copy of a good archive, and its keys."""

    folder: Path
    pki: Path

    def segment(self, number: int) -> Path:
        return segments(self.folder)[number]

    def change(self, number: int, edit: Callable[[Content], object]) -> None:
        change(self.segment(number), edit)

    def stamp(self, note: bytes, hours: float) -> bytes:
        """A true token of a note's text, from so many hours after all began."""
        authority = Authority(self.pki, lambda: NOW + timedelta(hours=hours))
        return authority.stamp(hashlib.sha256(SignedNote.of(note).text).digest())

    def reseal(self) -> None:
        """Make trees, checkpoints and time-stamps anew for the records that are here, as their owner would."""
        signer = load_note_signer(self.pki / "municipality" / "archive.key.pem", ORIGIN)
        tree = Frontier()
        for path in segments(self.folder):
            content = dict(entries(path))
            records = lines(content)
            reported = Manifest.of(content["segment.json"])
            manifest = Manifest(origin=reported.origin, first=tree.size, end=tree.size + len(records), before=tree)
            content = {name: octets for name, octets in content.items() if not name.startswith("checkpoints/")}
            tree = tree.extend(map(leaf_hash, records))
            note = signer.sign(tree.size, tree.root())
            path.unlink()
            content["segment.json"] = manifest.octets
            content[f"checkpoints/{tree.size:012d}.note"] = note
            content[f"checkpoints/{tree.size:012d}.tst"] = self.stamp(note, 24 * 30)
            write(self.folder / manifest.file, list(content.items()))


Spoil = Callable[[Spoiled], None]


@dataclass(frozen=True)
class Defect:
    """``check`` fails and ``says`` so; whatever is in ``also`` fails too, and nothing else does. ``kept`` is whether
    the auditor's own checkpoint is needed to know."""

    spoil: Spoil
    check: Check
    says: str
    also: frozenset[Check]
    kept: bool

    @property
    def name(self) -> str:
        return self.spoil.__name__


BATTERY: list[Defect] = []


def defect(check: Check, says: str, *also: Check, kept: bool = False) -> Callable[[Spoil], Spoil]:
    def add(spoil: Spoil) -> Spoil:
        BATTERY.append(Defect(spoil=spoil, check=check, says=says, also=frozenset(also), kept=kept))
        return spoil

    return add


# Records.


@defect(Check.TREE, "have another root than was signed", Check.JOIN)
def record_changed(archive: Spoiled) -> None:
    archive.change(1, lambda content: change_record(content, 3, recorded_at="2026-02-04T09:30:15.000000Z"))


@defect(Check.RECORDS, "a header of another form", Check.TREE, Check.CONTAINER)
def record_written_in_another_form(archive: Spoiled) -> None:
    def edit(content: Content) -> None:
        records = lines(content)
        records[3] = records[3].replace(b'":"', b'": "', 1)
        put(content, records)

    archive.change(1, edit)


@defect(Check.RECORDS, "not the header of a record", Check.TREE, Check.CONTAINER)
def record_named_by_half_of_a_surrogate_pair(archive: Spoiled) -> None:
    """No UTF-8 holds its id, and JSON does; it says that it replaced another seal, of such a name too."""
    context = {"instead_of": "\ud800"}
    archive.change(1, lambda content: change_record(content, 3, id="\ud800", kind="SEALED_NOTICE", context=context))


@defect(Check.CONTAINER, "7 records, where 8 are told")
def record_removed_from_the_middle(archive: Spoiled) -> None:
    archive.change(1, lambda content: put(content, lines(content)[:3] + lines(content)[4:]))


@defect(Check.CONTAINER, "1 records, where 2 are told")
def record_removed_from_the_end(archive: Spoiled) -> None:
    archive.change(-1, lambda content: put(content, lines(content)[:-1]))


@defect(Check.TREE, "have another root than was signed", Check.JOIN)
def two_records_swapped(archive: Spoiled) -> None:
    def edit(content: Content) -> None:
        first, second, *rest = lines(content)
        put(content, [second, first, *rest])

    archive.change(1, edit)


@defect(Check.HISTORY, "another than your checkpoint says", kept=True)
def record_removed_and_all_signed_anew(archive: Spoiled) -> None:
    def edit(content: Content) -> None:
        *records, last = lines(content)
        put(content, records)
        content.pop(payload_of(json.loads(last)))

    archive.change(0, edit)
    archive.reseal()


@defect(Check.HISTORY, "the last ones are missing", kept=True)
def last_segment_taken_away(archive: Spoiled) -> None:
    archive.segment(-1).unlink()


# Segments, and how they join.


@defect(Check.JOIN, "records are missing: 8 to 16")
def segment_missing(archive: Spoiled) -> None:
    archive.segment(1).unlink()


@defect(Check.JOIN, "records are missing: 0 to 8")
def first_segment_missing(archive: Spoiled) -> None:
    archive.segment(0).unlink()


@defect(Check.CONTAINER, "its content is that of 000000000008-000000000016.zip", Check.JOIN)
def segment_under_another_name(archive: Spoiled) -> None:
    first, second, *_ = segments(archive.folder)
    first.unlink()
    second.rename(first)


@defect(Check.CONTAINER, "its content is that of 000000000008-000000000016.zip", Check.JOIN)
def segment_twice(archive: Spoiled) -> None:
    second = archive.segment(1)
    first, end = map(int, second.stem.split("-"))
    shutil.copy(second, archive.folder / f"{first:012d}-{end + 1:012d}.zip")


@defect(Check.TREE, "have another root than was signed", Check.JOIN)
def index_lies_about_the_tree_before_it(archive: Spoiled) -> None:
    def edit(content: Content) -> None:
        reported = Manifest.of(content["segment.json"])
        other = Frontier(size=reported.before.size, roots=(leaf_hash(b"other"), *reported.before.roots[1:]))
        content["segment.json"] = replace(reported, before=other).octets

    archive.change(1, edit)


@defect(Check.CONTAINER, "its checkpoints are not those of its range", Check.JOIN)
def index_lies_about_its_range(archive: Spoiled) -> None:
    def edit(content: Content) -> None:
        content["segment.json"] = replace(Manifest.of(content["segment.json"]), end=17).octets

    archive.change(1, edit)


@defect(Check.JOIN, "the archive of elsewhere.example/archive", Check.TREE)
def index_names_another_archive(archive: Spoiled) -> None:
    def edit(content: Content) -> None:
        content["segment.json"] = replace(
            Manifest.of(content["segment.json"]), origin="elsewhere.example/archive"
        ).octets

    archive.change(1, edit)


# The container.


@defect(Check.CONTAINER, "is no file of a segment")
def unlisted_file(archive: Spoiled) -> None:
    archive.change(1, lambda content: content.update({"notes.txt": b"more"}))


@defect(Check.CONTAINER, "payloads that no record names")
def unlisted_payload(archive: Spoiled) -> None:
    archive.change(1, lambda content: content.update({f"payloads/{'0' * 64}": b"more"}))


@defect(Check.CONTAINER, "is no file of a segment")
def path_traversal(archive: Spoiled) -> None:
    archive.change(1, lambda content: content.update({"payloads/../../../etc/cron.d/x": b"more"}))


@defect(Check.CONTAINER, "stands there twice")
def two_entries_of_one_name(archive: Spoiled) -> None:
    path = archive.segment(1)
    content = entries(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        write(path, [*content, content[-1]])


@defect(Check.CONTAINER, "is too large")
def zip_bomb(archive: Spoiled) -> None:
    archive.change(1, lambda content: content.update({f"payloads/{'0' * 64}": bytes(40 * 1024 * 1024)}))


@defect(Check.CONTAINER, "is another one by its own header")
def entry_larger_than_it_says(archive: Spoiled) -> None:
    path = archive.segment(1)
    write(path, entries(path), ZIP_STORED)
    octets = bytearray(path.read_bytes())
    # The central directory's last entry: its uncompressed size stands 24 octets from its beginning.
    at = octets.rfind(b"PK\x01\x02") + 24
    octets[at : at + 4] = (int.from_bytes(octets[at : at + 4], "little") - 1).to_bytes(4, "little")
    path.write_bytes(bytes(octets))


@defect(Check.CONTAINER, "no ZIP file")
def cut_off(archive: Spoiled) -> None:
    path = archive.segment(1)
    path.write_bytes(path.read_bytes()[:-30])


@defect(Check.CONTAINER, "no ZIP file")
def no_zip(archive: Spoiled) -> None:
    archive.segment(1).write_bytes(b"nothing")


@defect(Check.CONTAINER, "something lies in front of segment.json")
def octets_before_the_first_entry(archive: Spoiled) -> None:
    pack_anew(archive.segment(1), before=b"hidden")


@defect(Check.CONTAINER, "something lies in front of")
def octets_between_two_entries(archive: Spoiled) -> None:
    pack_anew(archive.segment(1), between=b"hidden")


@defect(Check.CONTAINER, "something lies behind the last file")
def octets_before_the_directory(archive: Spoiled) -> None:
    pack_anew(archive.segment(1), behind=b"hidden")


@defect(Check.CONTAINER, "something lies behind it")
def octets_behind_the_directory(archive: Spoiled) -> None:
    path = archive.segment(1)
    path.write_bytes(path.read_bytes() + b"hidden")


@defect(Check.CONTAINER, "something lies behind it")
def comment_of_the_file(archive: Spoiled) -> None:
    pack_anew(archive.segment(1), comment=b"hidden")


@defect(Check.CONTAINER, "has a comment, or more than its name and sizes, in the directory")
def comment_of_an_entry(archive: Spoiled) -> None:
    pack_anew(archive.segment(1), of_entry=b"hidden")


@defect(Check.CONTAINER, "segment.json has another form")
def manifest_nested_deeply(archive: Spoiled) -> None:
    archive.change(1, lambda content: content.update({"segment.json": b"[" * 60_000}))


@defect(Check.CONTAINER, "line 1 of records.jsonl is too short for a record")
def records_of_empty_lines(archive: Spoiled) -> None:
    archive.change(1, lambda content: content.update({"records.jsonl": b"\n" * 1024 * 1024}))


@defect(Check.CONTAINER, "more than the 8 records that are told")
def records_without_an_end(archive: Spoiled) -> None:
    archive.change(1, lambda content: put(content, lines(content) * 1000))


# Payloads.


@defect(Check.PAYLOAD, "the frame of its message has another form")
def frame_nested_deeply(archive: Spoiled) -> None:
    archive.change(0, lambda content: content.update({first_of(content, "frames/"): b"[" * 1_000_000}))


@defect(Check.PAYLOAD, "its message would have 6291")
def frame_that_names_a_payload_200_times(archive: Spoiled) -> None:
    def edit(content: Content) -> None:
        large = "0" * 64
        content[f"payloads/{large}"] = bytes(30 * 1024 * 1024)
        frame = {"pieces": [""] * 201, "seals": [f"sha256:{large}"] * 200}
        content[first_of(content, "frames/")] = json.dumps(frame).encode()

    archive.change(0, edit)


@defect(Check.PAYLOAD, "another than the record says")
def payload_changed(archive: Spoiled) -> None:
    def edit(content: Content) -> None:
        content[first_of(content, "payloads/")] += b" "

    archive.change(1, edit)


# A deletion that a rule asked for is itself a record, and is told as such; this one is not.
@defect(Check.PAYLOAD, "its payload is not here")
def payload_deleted_and_nobody_recorded_it(archive: Spoiled) -> None:
    archive.change(1, lambda content: content.pop(payload_of(json.loads(receipts(content)[0]))))


@defect(Check.PAYLOAD, "the frame of its message has another form")
def frame_leads_elsewhere(archive: Spoiled) -> None:
    def edit(content: Content) -> None:
        name = first_of(content, "frames/")
        frame = json.loads(content[name])
        frame["seals"] = ["sha256:../../etc/passwd"] * len(frame["seals"])
        content[name] = json.dumps(frame).encode()

    archive.change(0, edit)


# Checkpoints and their time-stamps.


@defect(Check.CHECKPOINT, "has not signed it")
def checkpoint_signed_by_another_key(archive: Spoiled) -> None:
    def edit(content: Content) -> None:
        name = first_of(content, ".note")
        size, root = content[name].split(b"\n")[1:3]
        other = NoteSigner(name=ORIGIN, key=Ed25519PrivateKey.generate())
        content[name] = other.sign(int(size), base64.b64decode(root))

    archive.change(1, edit)


@defect(Check.TREE, "have another root than was signed", Check.TIME)
def checkpoint_of_another_size(archive: Spoiled) -> None:
    other = dict(entries(archive.segment(0)))
    archive.change(1, lambda content: content.update({first_of(content, ".note"): other[first_of(other, ".note")]}))


@defect(Check.CONTAINER, "its checkpoints are not those of its range")
def last_checkpoint_taken_away(archive: Spoiled) -> None:
    archive.change(1, lambda content: content.pop(first_of(content, ".note")))


@defect(Check.TIME, "time.imprint")
def token_for_another_digest(archive: Spoiled) -> None:
    other = dict(entries(archive.segment(0)))
    archive.change(1, lambda content: content.update({first_of(content, ".tst"): other[first_of(other, ".tst")]}))


@defect(Check.TIME, "time.")
def token_changed(archive: Spoiled) -> None:
    def edit(content: Content) -> None:
        name = first_of(content, ".tst")
        content[name] = content[name][:-1] + bytes([content[name][-1] ^ 1])

    archive.change(1, edit)


@defect(Check.TIME, "before records that it covers")
def token_before_the_events(archive: Spoiled) -> None:
    def edit(content: Content) -> None:
        content[first_of(content, ".tst")] = archive.stamp(content[first_of(content, ".note")], 1)

    archive.change(-1, edit)


# Signatures.


@defect(Check.SIGNATURE, "verify.unknown-certificate")
def certificates_taken_away(archive: Spoiled) -> None:
    def edit(content: Content) -> None:
        for name in [name for name in content if name.startswith("certificates/")]:
            del content[name]

    archive.change(0, edit)


@defect(Check.REVOCATION, "revoked 2026-02-02T09:30:15.000000Z (superseded)")
def certificate_revoked_before(archive: Spoiled) -> None:
    """The judiciary signed receipts with what its authority had taken back the day before, and a later list says so."""
    pki = archive.folder.parent / "pki"
    shutil.copytree(archive.pki, pki)
    authorities = DevelopmentAuthorities(pki)
    certificate = read_pem(pki / "judiciary" / "receipts.crt.pem")[0]
    authorities.revoke(certificate, Revocation(at=NOW - timedelta(days=1), reason="superseded"))
    reported = authorities.list_of("judiciary-issuing", NOW + timedelta(days=30))
    archive.change(0, lambda content: content.update({list_name(hashlib.sha256(reported).hexdigest()): reported}))


@defect(Check.CONTAINER, "is another list than its name says")
def revocation_list_changed(archive: Spoiled) -> None:
    def edit(content: Content) -> None:
        content[first_of(content, "revocation/")] += b" "

    archive.change(0, edit)


@defect(Check.SIGNATURE, "another notice than the record says")
def receipt_of_another_notice(archive: Spoiled) -> None:
    """Two notices of one day change their receipts, and all is signed anew: each receipt is genuine."""

    def edit(content: Content) -> None:
        one, other = (json.loads(line) for line in receipts(content)[:2])
        places = [lines(content).index(line) for line in receipts(content)[:2]]
        change_record(content, places[0], payload_digest=other["payload_digest"])
        change_record(content, places[1], payload_digest=one["payload_digest"])

    archive.change(0, edit)
    archive.reseal()


@defect(Check.SIGNATURE, "verify.")
def notice_changed_and_all_signed_anew(archive: Spoiled) -> None:
    """The archive's key signs what stands in it; the issuing body's seal does not follow."""

    def edit(content: Content) -> None:
        place, header = next(
            (place, json.loads(line)) for place, line in enumerate(lines(content)) if b"SEALED_NOTICE" in line
        )
        name = payload_of(header)
        forged = content[name].replace(b">2026-02-03<", b">2026-02-02<")
        assert forged != content[name]
        digest = hashlib.sha256(forged).hexdigest()
        content[f"payloads/{digest}"] = forged
        change_record(content, place, payload_digest=f"sha256:{digest}")

    archive.change(0, edit)
    archive.reseal()


# How an archive's files are laid open and put together.


def entries(path: Path) -> Entries:
    with ZipFile(path) as file:
        return [(info.filename, file.read(info)) for info in file.infolist()]


def write(path: Path, content: Entries, compression: int = ZIP_DEFLATED) -> None:
    with ZipFile(path, "w", compression) as file:
        for name, octets in content:
            file.writestr(name, octets)


def pack_anew(
    path: Path,
    *,
    before: bytes = b"",
    between: bytes = b"",
    behind: bytes = b"",
    comment: bytes = b"",
    of_entry: bytes = b"",
) -> None:
    """Pack the same entries with octets beside them that no reader shows; places in the directory are right."""
    content = entries(path)
    with path.open("wb") as file:
        file.write(before)
        with ZipFile(file, "w", ZIP_DEFLATED) as anew:
            for number, (name, octets) in enumerate(content):
                if number == 2:
                    _hide(anew, between)
                made = ZipInfo(name)
                made.comment = of_entry if number == 2 else b""
                anew.writestr(made, octets)
            _hide(anew, behind)
            anew.comment = comment


def _hide(file: ZipFile, octets: bytes) -> None:
    assert file.fp is not None
    file.fp.write(octets)
    file.start_dir += len(octets)


def change(path: Path, edit: Callable[[Content], object]) -> None:
    content = dict(entries(path))
    edit(content)
    write(path, list(content.items()))


def lines(content: Content) -> list[bytes]:
    return content["records.jsonl"].removesuffix(b"\n").split(b"\n")


def put(content: Content, records: list[bytes]) -> None:
    content["records.jsonl"] = b"".join(line + b"\n" for line in records)


def receipts(content: Content) -> list[bytes]:
    return [line for line in lines(content) if b'"kind":"RECEIPT"' in line]


def change_record(content: Content, number: int, **reported: str) -> None:
    records = lines(content)
    header = json.loads(records[number]) | reported
    records[number] = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
    put(content, records)


def payload_of(header: dict[str, Any]) -> str:
    digest: str = header["payload_digest"]
    return f"payloads/{digest.removeprefix('sha256:')}"


def first_of(content: Content, part: str) -> str:
    """The first name that begins or ends so."""
    return next(name for name in content if name.startswith(part) or name.endswith(part))
