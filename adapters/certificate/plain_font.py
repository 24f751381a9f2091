"""The packaged font without its ligatures except lam-alef.

Readers of PDF text (pdftotext among them) take the letters of a ligature in the wrong order: «شرکت» is found as «رشکت».
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import fontpkg

FAMILY: Final = "IBM Plex Sans Arabic"
_LAM_ALEF: Final = frozenset(f"uni{code:04X}" for code in range(0xFEF5, 0xFEFD))
"""Glyphs of the one ligature that Persian requires."""


def plain_font(weight: int, folder: Path) -> Path:
    """Write the font of a weight into ``folder``, and return the file. Equal arguments give equal octets."""
    from fontTools.ttLib import TTFont

    with TTFont(fontpkg.path(FAMILY, weight=weight), recalcTimestamp=False) as font:
        table = font["GSUB"].table
        for feature in table.FeatureList.FeatureRecord:
            if feature.FeatureTag == "rlig":
                for index in feature.Feature.LookupListIndex:
                    for rules in table.LookupList.Lookup[index].SubTable:
                        rules.ligatures = {
                            first: kept
                            for first, ligatures in rules.ligatures.items()
                            if (kept := [each for each in ligatures if each.LigGlyph in _LAM_ALEF])
                        }
        file = folder / f"{weight}.ttf"
        font.save(file)
    return file
