"""Registry of changes to an evidence file, each named after what was done, with the checks that must find it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

from gateway.audit.evidence_recipe import EvidenceCheck as C
from gateway.evidence.evidence_file import dump

from .forge import Entries
from .notice_recorder import NoticeRecorder

Defect = Callable[[Path, NoticeRecorder], None]
DEFECTS: dict[str, tuple[Defect, set[C], set[C]]] = {}
"""By name: what is done, the checks that fail, and those that cannot be made beside what never can here."""

ALWAYS = {C.MESSAGES, C.REVOCATION}
"""Messages carried others' notices, and nobody has revocation lists."""
NOT_OPENED = set(C) - {C.CONTAINER} - ALWAYS


def defect(*failed: C, unjudged: set[C] = frozenset()) -> Callable[[Defect], Defect]:  # type: ignore[assignment]
    def add(done: Defect) -> Defect:
        DEFECTS[done.__name__] = done, set(failed), set(unjudged)
        return done

    return add


def named(found: Entries, pattern: str) -> list[str]:
    return [name for name in found if re.fullmatch(pattern, name)]


def receipts(found: Entries) -> list[str]:
    return named(found, r"notices/.*/receipt-.*")


def headers(found: Entries) -> list[str]:
    return named(found, r"records/[0-9]*\.json")


def proofs(found: Entries) -> list[str]:
    return named(found, r".*\.proof\.json")


def edit_json(found: Entries, name: str, edit: Callable[[dict], None]) -> None:
    reported = json.loads(found[name])
    edit(reported)
    found[name] = dump(reported)
