"""Names of the parties that must act."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateway.runtime.bilingual import Words
from gateway.runtime.errors import Actor

ACTORS: Final[Mapping[Actor | None, Words]] = {
    None: Words(en="nobody", fa="هیچ‌کس"),
    Actor.MUNICIPALITY: Words(en="municipality", fa="شهرداری"),
    Actor.JUDICIARY: Words(en="judiciary", fa="قوه قضاییه"),
    Actor.OPERATOR: Words(en="operator", fa="مدیر درگاه"),
    Actor.US: Words(en="us", fa="سازندگان درگاه"),
}
"""Actor → name; None: nobody must act."""
