"""Fields of a seal that a message may contain, by the seal's place: `gateway.judiciary.capabilities.SealPlace`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from gateway.judiciary.capabilities import SealPlace
from gateway.mapping.kinds.exchange_schemas import SUBMISSION
from gateway.mapping.kinds.notice_schemas import NOTICE_SOURCE
from gateway.mapping.model.schema import Group, Leaf

SEAL_PLACE: Final = "mapping.seal-place"
"""Error code of a field that reads a part of the seal with another place, or with none."""

_ELSEWHERE: Final[Mapping[SealPlace, tuple[str, ...]]] = {
    SealPlace.INSIDE: ("content_id",),
    SealPlace.ATTACHMENT: ("octets", "element"),
    SealPlace.NONE: ("octets", "element", "content_id"),
}


def submission_of(place: SealPlace, *, in_xml: bool) -> Group:
    """Return the source of a submission; it has the seal's octets only if they travel inside the message.

    The seal can be an element of a message ``in_xml``.
    """
    seal = NOTICE_SOURCE.members["seal"]
    assert isinstance(seal, Group)
    elsewhere = {name: seal.members[name] for name in {*_ELSEWHERE[place], *([] if in_xml else ["element"])}}
    barred = {name: replace(leaf, barred=SEAL_PLACE) for name, leaf in elsewhere.items() if isinstance(leaf, Leaf)}
    notices = {**NOTICE_SOURCE.members, "seal": replace(seal, members={**seal.members, **barred})}
    listed = SUBMISSION.members["notices"]
    assert isinstance(listed, Group)
    return Group(members={"notices": replace(listed, members=notices)})
