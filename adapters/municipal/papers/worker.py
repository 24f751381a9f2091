"""The process that examines papers: qpdf reads a stranger's octets here, far from the gateway's keys.

It imports nothing of the gateway and is started with ``python -I``. It reads frames from standard input (four octets of
length, big-endian; then a PDF). It answers each with one line on standard output: ``ok``, or a code of the catalogue
without its first part (``encrypted``, ``damaged``, ``active``, ``attachments``, ``too-complex``). It writes its answers
where four octets 0xFF stand in place of a length. It ends with its input.

A paper has `CPU_SECONDS` of processor time and `MEMORY` octets. The kernel ends a process that needs more, or it
answers ``too-complex`` and ends by itself.
"""

from __future__ import annotations

import io
import re
import resource
import signal
import sys
from collections.abc import Iterator
from itertools import chain

import pikepdf
from pikepdf import settings

END = b"\xff" * 4
MEMORY = 768 * 2**20
CPU_SECONDS = 20.0
INFLATED = 32 * 2**20
"""Most octets of one compressed stream that is read (tables and object streams; pages and pictures are not)."""

# ISO 32000-1: 12.6.4.16 (JavaScript), 12.6.4.5 (Launch), 12.7.5 (forms that are sent), 12.7.8 (XFA), 7.11.4 (embedded
# files); RichMedia is Adobe's.
_ACTIVE_KEYS = frozenset({"/JS", "/JavaScript", "/XFA", "/RichMedia"})
_ACTIVE_VALUES = frozenset({"/JavaScript", "/Launch", "/RichMedia", "/SubmitForm", "/ImportData"})
_FILE_KEYS = frozenset({"/EF", "/EmbeddedFiles"})
_FILE_VALUES = frozenset({"/EmbeddedFile", "/FileAttachment"})
_UNREAD = {
    "too-complex": ("bad_alloc", "limit exceeded"),
    "damaged": ("error decoding stream data", "error reading object"),
}
"""Parts of qpdf's warnings about an object that it left out and could not look into."""
_ANY = re.compile(b"|".join(name.encode() for name in _ACTIVE_KEYS | _ACTIVE_VALUES | _FILE_KEYS | _FILE_VALUES))


def examine(octets: bytes) -> str:
    """Return the first defect of a PDF, or ``ok``."""
    try:
        with pikepdf.open(io.BytesIO(octets)) as pdf:
            if pdf.is_encrypted:
                return "encrypted"
            names = {name for found in chain([pdf.trailer], pdf.objects) for name in _names(found)}
            warnings = " ".join(pdf.get_warnings())
    except pikepdf.PasswordError:
        return "encrypted"
    except MemoryError:
        return "too-complex"
    except Exception:  # any error of qpdf or pikepdf: the contents remain unknown
        return "damaged"
    for answer, signs in _UNREAD.items():
        if any(sign in warnings for sign in signs):
            return answer
    if names & {"active"}:
        return "active"
    return "attachments" if names else "ok"


def _names(found: pikepdf.Object) -> Iterator[str]:
    """Yield ``active`` and ``attachments`` for the names in one object, without the objects that it refers to."""
    if isinstance(found, pikepdf.Name):
        # The type of an action or a file may stand in an object of its own, to which its dictionary refers.
        if str(found) in _ACTIVE_VALUES:
            yield "active"
        if str(found) in _FILE_VALUES:
            yield "attachments"
        return
    if isinstance(found, pikepdf.Stream):
        found = found.stream_dict
    if not isinstance(found, pikepdf.Dictionary | pikepdf.Array) or not _ANY.search(found.unparse(resolved=True)):
        return
    waiting: list[pikepdf.Object] = [found]
    while waiting:
        place = waiting.pop()
        if isinstance(place, pikepdf.Dictionary):
            pairs = [(str(key), value) for key, value in place.items()]
        else:
            pairs = [("", value) for value in place]
        for key, value in pairs:
            name = str(value) if isinstance(value, pikepdf.Name) else ""
            if key in _ACTIVE_KEYS or (key in ("/S", "/Subtype") and name in _ACTIVE_VALUES):
                yield "active"
            if key in _FILE_KEYS or (key in ("/Type", "/Subtype") and name in _FILE_VALUES):
                yield "attachments"
            if isinstance(value, pikepdf.Dictionary | pikepdf.Array) and not value.is_indirect:
                waiting.append(value)


def _confine() -> None:
    """Limit this process to its needs: bounded memory, no files to write, no core dumps."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    settings.set_qpdf_limits(
        flate_max_memory=INFLATED,
        png_max_memory=INFLATED,
        tiff_max_memory=INFLATED,
        run_length_max_memory=INFLATED,
        doc_max_warnings=1000,
    )


def main() -> None:
    """Answer frames until the input ends."""
    _confine()
    source, answers = sys.stdin.buffer, sys.stdout.buffer
    while len(head := source.read(4)) == 4:
        if head == END:
            answers.flush()
            continue
        octets = source.read(int.from_bytes(head, "big"))
        signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)  # its signal ends a process that does not handle it
        answer = examine(octets)
        signal.setitimer(signal.ITIMER_PROF, 0)
        answers.write(answer.encode() + b"\n")
        if answer == "too-complex":
            return


if __name__ == "__main__":
    main()
