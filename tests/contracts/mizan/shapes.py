"""Mizan in other shapes: what it takes and what it can be asked are other than `server` has them."""

from __future__ import annotations

import base64
import hashlib
import shutil
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from lxml import etree

from .server import PROFILE, M, Mizan, S

CONTRACTS = Path(__file__).parents[1]


def lay(folder: Path, shape: type[Mizan]) -> None:
    """Put the shape's profile into a new folder: Mizan's files, and over them those that are other."""
    shutil.copytree(PROFILE, folder, dirs_exist_ok=True)
    if shape.profile != PROFILE:
        shutil.copytree(shape.profile, folder, dirs_exist_ok=True)


@dataclass
class PaperMizan(Mizan):
    """It takes the paper with its enclosures, never sees a seal, names none in its slips, and cannot be asked."""

    profile: ClassVar[Path] = CONTRACTS / "mizan_paper" / "profile"
    enclosures: dict[str | None, list[dict[str, str | None]]] = field(default_factory=dict)

    def _seal_digest(self, request: etree._Element) -> str:
        paper = request.find(f"{M}Paper")
        octets = base64.b64decode(paper.text)
        assert octets.startswith(b"%PDF-")
        assert hashlib.sha256(octets).hexdigest() == paper.get("sha256")
        self.enclosures[request.findtext(f"{M}Head/{M}SenderRef")] = [
            {each.tag.removeprefix(M): each.text for each in enclosure} for enclosure in request.iter(f"{M}Enclosure")
        ]
        return ""


@dataclass
class PolledMizan(Mizan):
    """It gives slips only to who names the letter, all of them each time; ``asked`` are the references of each
    question."""

    profile: ClassVar[Path] = CONTRACTS / "mizan_poll" / "profile"
    asked: list[list[str]] = field(default_factory=list)

    def _next(self, request: etree._Element) -> etree._Element:
        named = [about.findtext(f"{M}SenderRef", "") for about in request]
        self.asked.append(named)
        for about in request:
            letter = self.letters[about.findtext(f"{M}SenderRef", "")][-1]
            assert about.findtext(f"{M}Ticket") == letter["Ticket"]
        answer = etree.Element(f"{M}NextSlipsResult", nsmap={"m": M[1:-1]})
        for number, octets in self.slips:
            if any(reference.encode() in octets for reference in named):
                self._listed(answer, number, octets)
        return answer

    def _listed(self, answer: etree._Element, number: str, octets: bytes) -> None:
        paper = etree.SubElement(answer, f"{M}Paper")
        etree.SubElement(paper, f"{M}SlipNo").text = number
        etree.SubElement(paper, f"{M}Document").text = base64.b64encode(octets).decode()


@dataclass
class UnsignedMizan(PolledMizan):
    """Its slips are elements of its signed answers, and have no signature of their own."""

    profile: ClassVar[Path] = CONTRACTS / "mizan_elements" / "profile"

    def _slip(self, root: etree._Element, now: datetime) -> bytes:
        return etree.tostring(root)

    def _listed(self, answer: etree._Element, number: str, octets: bytes) -> None:
        answer.append(etree.fromstring(octets))


@dataclass
class StatusMizan(UnsignedMizan):
    """It has no slips: asked about one letter, it says where that is, and since when."""

    profile: ClassVar[Path] = CONTRACTS / "mizan_status" / "profile"

    def _next(self, request: etree._Element) -> etree._Element:
        [about] = request
        reference = about.findtext(f"{M}SenderRef", "")
        self.asked.append([reference])
        answer = etree.Element(f"{M}NextSlipsResult", nsmap={"m": M[1:-1]})
        slips = [etree.fromstring(octets) for _, octets in self.slips if reference.encode() in octets]
        reported = {"Ticket": self.letters[reference][-1]["Ticket"], "State": "1"}
        if slips:
            # The first question after both events shows the first, as if it were asked in between.
            slip = slips[min(self.asked.count([reference]), len(slips)) - 1]
            reported |= {"State": {"1": "2", "3": "3"}[slip.findtext(f"{S}Happening", "")]}
            reported |= {"When": slip.findtext(f"{S}When", "")}
        for name, text in reported.items():
            etree.SubElement(answer, M + name).text = text
        return answer
