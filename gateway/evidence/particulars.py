"""Particulars of a notice for a reader: recipient, issuing body, kind, case, paper and tracking number.

They are copied from the sealed notice and from receipts. They are personal data: they stand only in the evidence file
and in its reports, which go to a court.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from gateway.notice.legal_effect import day_in_words, persian_digits
from gateway.notice.notice_kinds import KINDS
from gateway.runtime.bilingual import Words

_IDENTIFIERS: Final[Mapping[str, Words]] = {
    "NATURAL": Words(en="National ID", fa="کد ملی"),
    "LEGAL": Words(en="Legal entity ID", fa="شناسه ملی"),
    "FOREIGN": Words(en="Foreign ID", fa="شناسه فراگیر"),
}
_LATIN: Final = re.compile("[A-Za-z]")
_TRACKING: Final = Words(en="Tracking number of the judiciary", fa="شماره رهگیری قوه قضاییه")
_BY_GATEWAY: Final = Words(en=" (the gateway's word: no receipt tells it)", fa=" (به گفته درگاه؛ رسیدی آن را نمی‌گوید)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Particulars:
    """Texts of the sealed notice by their paths (``Case/Number``), and tracking numbers from receipts.

    ``fields`` is empty if the sealed notice is absent. ``tracking`` has each number once.
    """

    fields: Mapping[str, str] = field(default_factory=dict, repr=False)
    tracking: Sequence[str] = ()

    def rows(self, gateway_says: str | None = None) -> list[tuple[Words, Words]]:
        """Return label and value of each known particular.

        ``gateway_says`` is a tracking number to show as the gateway's statement if no receipt contains one.
        """
        rows = [(label, value) for label, value in self._of_notice() if value.en]
        if self.tracking:
            rows.append((_TRACKING, _digits("، ".join(self.tracking), ", ".join(self.tracking))))
        elif gateway_says:
            told = _digits(gateway_says)
            rows.append((_TRACKING, Words(en=told.en + _BY_GATEWAY.en, fa=told.fa + _BY_GATEWAY.fa)))
        return rows

    def _of_notice(self) -> list[tuple[Words, Words]]:
        get = self.fields.get
        body = [text for path in ("IssuingBody/Title", "IssuingBody/District") if (text := get(path))]
        kind = get("Paper/Kind", "")
        return [
            (Words(en="Recipient", fa="مخاطب"), _plain(get("Recipient/Name"))),
            (
                _IDENTIFIERS.get(get("Recipient/Kind", ""), _IDENTIFIERS["NATURAL"]),
                _digits(get("Recipient/Identifier")),
            ),
            (Words(en="Issuing body", fa="مرجع صادرکننده"), _digits(" – ".join(body))),
            (Words(en="Kind of notice", fa="نوع ابلاغیه"), KINDS.get(kind, _plain(kind))),
            (Words(en="Subject", fa="موضوع"), _plain(get("Paper/Subject"))),
            (Words(en="Case number", fa="شماره پرونده"), _digits(get("Case/Number"))),
            (Words(en="Paper number", fa="شماره برگه"), _digits(get("Paper/Number"))),
            (Words(en="Issued on", fa="تاریخ صدور"), _day(get("Paper/IssuedOn"))),
            *self._attachments(),
        ]

    def _attachments(self) -> list[tuple[Words, Words]]:
        """Return the attachments with their digests, which receipts and other files can be compared with."""
        rows = []
        number = 1
        while (digest := self.fields.get(f"Attachment[{number}]/Digest")) is not None:
            told = self.fields.get(f"Attachment[{number}]/Title") or self.fields.get(f"Attachment[{number}]/Name", "")
            label = Words(en=f"Attachment {number}", fa=f"پیوست {persian_digits(str(number))}")
            rows.append((label, _plain(f"{told} ({digest})")))
            number += 1
        return rows


def _plain(text: str | None) -> Words:
    return Words(en=text or "", fa=text or "")


def _digits(persian: str | None, english: str | None = None) -> Words:
    """Return numbers in the digits of each language; a text with Latin letters does not change."""
    told = persian or ""
    return Words(en=english or told, fa=told if _LATIN.search(told) else persian_digits(told))


def _day(text: str | None) -> Words:
    try:
        return day_in_words(date.fromisoformat(text or ""))
    except ValueError:
        return _plain(text)
