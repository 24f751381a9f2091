"""A copy of an archive to spoil, and functions that open its files and write them again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from adapters.crypto.keys.note import load_note_signer
from adapters.verifier.archive.auditor import segments
from gateway.archive.segment import Manifest
from gateway.merkle.checkpoint import SignedNote
from gateway.merkle.tree import Frontier, leaf_hash
from gateway.runtime.clock import parse_timestamp

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
        """Make trees, checkpoints and time-stamps anew for the records that are here, as their owner would.

        Time-stamps are of the times of the records: a forger who asks for them now is found by that alone.
        """
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
            last = parse_timestamp(max(json.loads(line)["recorded_at"] for line in records))
            content[f"checkpoints/{tree.size:012d}.tst"] = self.stamp(note, (last - NOW) / timedelta(hours=1))
            write(self.folder / manifest.file, list(content.items()))


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


def change_record(content: Content, number: int, **reported: object) -> None:
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
