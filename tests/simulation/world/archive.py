"""The archive's folder, the time authority and the witnesses, in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from gateway.archive.segment import Manifest
from gateway.archive.witnessing import Claim, Letter
from gateway.evidence.evidence_log import EvidenceLog, StoredCheckpoint
from gateway.merkle.checkpoint import Checkpoint, SignedNote
from gateway.merkle.fork import SegmentEnd
from gateway.record.damage import Damage
from gateway.runtime.errors import GatewayError


@dataclass(frozen=True, slots=True)
class Segment:
    """Segment as it was written: the range, the headers of its records, and the note at its end."""

    first: int
    end: int
    file: str
    headers: tuple[bytes, ...] = field(repr=False)
    note: bytes = field(repr=False)


@dataclass(slots=True)
class ArchiveStorage:
    """Segments of the folder, and those that were set aside."""

    segments: list[Segment] = field(default_factory=list)
    aside: list[Segment] = field(default_factory=list)
    written: int = 0


@dataclass(slots=True)
class SimulatedFolder:
    """Stand-in for `adapters.archive.zip_writer.ZipFolder`, of one gateway."""

    storage: ArchiveStorage
    at: Callable[[str], None]

    def end(self) -> int:
        self.at("archive.end")
        return self.storage.segments[-1].end if self.storage.segments else 0

    def last(self) -> SegmentEnd | None:
        self.at("archive.last")
        return _end_of(self.storage.segments[-1]) if self.storage.segments else None

    def ends(self) -> Sequence[SegmentEnd]:
        self.at("archive.ends")
        return [_end_of(each) for each in self.storage.segments]

    def set_aside(self, files: Sequence[str], at: datetime) -> None:
        self.at("archive.set-aside")
        self.storage.aside += [each for each in self.storage.segments if each.file in files]
        self.storage.segments = [each for each in self.storage.segments if each.file not in files]

    def write(
        self,
        manifest: Manifest,
        notes: Sequence[StoredCheckpoint],
        log: EvidenceLog,
        without: Sequence[Damage] = (),
    ) -> bool:
        leaves = log.leaves(manifest.first, manifest.end - manifest.first)
        if [leaf.index for leaf in leaves] != list(range(manifest.first, manifest.end)):
            raise GatewayError("archive.record-missing", where=f"record {manifest.first}")
        self.at("archive.write")
        headers = tuple(leaf.header for leaf in leaves)
        made = Segment(manifest.first, manifest.end, manifest.file, headers, notes[-1].note)
        if manifest.first != (self.storage.segments[-1].end if self.storage.segments else 0):
            return False
        self.storage.segments.append(made)
        self.storage.written += 1
        self.at("archive.written")
        return True


def _end_of(segment: Segment) -> SegmentEnd:
    return SegmentEnd(file=segment.file, first=segment.first, end=segment.end, note=segment.note)


@dataclass(slots=True)
class SimulatedAuthority:
    """Time authority: a token is the digest with the true time."""

    at: Callable[[str], None]
    hear: Callable[[], None]
    name: str = "time"

    def stamp(self, digest: bytes) -> bytes:
        self.at("time.stamp")
        self.hear()
        return hashlib.sha256(b"token" + digest).digest()


@lru_cache(maxsize=64)  # a witness reads its notes again whenever one is handed over
def _checkpoint_of(note: bytes) -> Checkpoint:
    return Checkpoint.of(SignedNote.of(note).text)


@dataclass(slots=True)
class WitnessStorage:
    """Notes that a witness holds; it forgets none."""

    name: str
    notes: list[bytes] = field(default_factory=list)

    def checkpoints(self) -> list[Checkpoint]:
        return [_checkpoint_of(note) for note in self.notes]


@dataclass(slots=True)
class SimulatedWitness:
    """`gateway.archive.witnessing.Witness` of one gateway."""

    storage: WitnessStorage
    at: Callable[[str], None]

    @property
    def name(self) -> str:
        return self.storage.name

    def notes(self) -> Sequence[bytes]:
        self.at("witness.notes")
        return list(reversed(self.storage.notes))

    def hand_over(self, letter: Letter) -> None:
        self.at("witness.hand-over")
        held = [each for each in self.storage.checkpoints() if (each.size, each.root) not in letter.set_aside]
        if held:
            last = held[-1]
            if last.size == letter.size and last.root == letter.checkpoint.root:
                return
            if not letter.goes_on_from(last):
                code = "witness.ahead" if last.size > letter.size else "witness.another"
                raise Claim(code, where=self.name, detail=f"{last.size} records", note=self.storage.notes[-1])
        self.storage.notes.append(letter.note)
        self.at("witness.handed-over")

    def check(self) -> str:
        return "in memory"
