"""Mizan in other shapes: what it takes and what it can be asked are other than `server` has them."""

from __future__ import annotations

import base64
import hashlib
import shutil
from pathlib import Path
from typing import ClassVar

from lxml import etree

from .server import PROFILE, M, Mizan

CONTRACTS = Path(__file__).parents[1]


def lay(folder: Path, shape: type[Mizan]) -> None:
    """Put the shape's profile into a new folder: Mizan's files, and over them those that are other."""
    shutil.copytree(PROFILE, folder, dirs_exist_ok=True)
    if shape.profile != PROFILE:
        shutil.copytree(shape.profile, folder, dirs_exist_ok=True)


class PaperMizan(Mizan):
    """It takes the paper alone, never sees a seal, names none in its slips, and cannot be asked."""

    profile: ClassVar[Path] = CONTRACTS / "mizan_paper" / "profile"

    def _seal_digest(self, request: etree._Element) -> str:
        paper = request.find(f"{M}Paper")
        octets = base64.b64decode(paper.text)
        assert octets.startswith(b"%PDF-")
        assert hashlib.sha256(octets).hexdigest() == paper.get("sha256")
        return ""
