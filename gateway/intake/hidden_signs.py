"""Signs that no font shows, in the numbers that are the key of a notice, and in its recipient's name.

Of two numbers that look the same, one would make a second notice of one paper. The signs that are usual in Persian
text were left out from the beginning (`gateway.notice.text.plain`). To leave out others would change the references of
admitted notices, so a new notice with one is refused.
"""

from __future__ import annotations

from typing import Final

from gateway.notice.notice import Notice
from gateway.notice.text import hidden_sign, plain, visible
from gateway.runtime.errors import CATALOGUE

INVALID: Final = "notice.field-invalid"
NAMELESS: Final = "recipient.name"


def hidden_in(notice: Notice) -> tuple[str, str, str | None] | None:
    """Return code, field and Persian reason (None: the code's) if such signs refuse a new notice, or None."""
    numbers = (("case_number", "شماره پرونده"), ("paper_number", "شماره برگه"))
    for field, title in numbers:
        if sign := hidden_sign(getattr(notice, field)):
            entry = CATALOGUE[INVALID]
            return INVALID, field, f"{title} ({sign}): {entry.fa} {entry.remedy_fa}"
    return None if plain(visible(notice.recipient.name)) else (NAMELESS, "recipient_name", None)
