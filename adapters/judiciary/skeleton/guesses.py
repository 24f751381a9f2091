"""Guesses of the value that an element of a contract wants, and of the part of an answer that tells something."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from adapters.judiciary.skeleton.written_names import can_be_read
from gateway.mapping.model.paths import SESSION
from gateway.mapping.model.schema import Leaf
from gateway.mapping.model.values import Type

Steps = Sequence[str]
"""Transforms, as a mapping file writes them."""

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """Source of a value and its type in our notice or call."""

    source: str
    type: Type = Type.TEXT


_TYPES: Final = {"issued_on": Type.DATE, "document.octets": Type.OCTETS, "document.size": Type.INTEGER,
                 "$call.now": Type.TIME, "page.day": Type.DATE, "page.until_day": Type.DATE,
                 "page.number": Type.INTEGER, "page.offset": Type.INTEGER, "limit": Type.INTEGER,
                 "octets": Type.OCTETS, "size": Type.INTEGER, "number": Type.INTEGER, "main": Type.BOOLEAN}  # fmt: skip

OF_SESSION: Final = f"{SESSION}.token"
"""Source of a session's token in requests."""

OF_DOCUMENT: Final = "document"
"""Takes the place of a kind of mapping for the elements of a list of documents."""

_SESSION: Final = ((OF_SESSION, r"(?<!page)(?<!next)(?<!last)(?<!continuation)token$|session(id|key)?$"),)
_LOGIN: Final = (
    ("password", r"pass(word|code|phrase)?$|pwd$|secret$"),
    ("username", r"user(name|id|code)?$|login(name|id)?$|account$"),
)

_CALL: Final = (
    ("$call.id", r"callid|requestid|messageid|traceid|correlation|uuid"),
    ("$config.organisation", r"organi[sz]ation|orgcode|orgid|org$|customer|company|sazman"),
    ("$config.unit", r"unitcode|branch|department|vahed"),
    ("$config.user", r"user(name|id)?$"),
    ("$call.now", r"calltime|sentat|timestamp|requesttime|now$"),
)
_DOCUMENT: Final = (
    ("digest", r"sha|hash|digest|checksum"),
    ("name", r"filename|documentname|papername"),
    ("media_type", r"mediatype|mimetype|contenttype"),
    ("size", r"filesize|size$"),
    ("octets", r"content$|file$|document$|attachment$|pdf$|scan$|filedata|base64"),
)
_LISTED: Final = (
    *_DOCUMENT,
    ("name", r"name$"),
    ("number", r"^(no|number|row|order|index|sequence|radif)$"),
    ("main", r"^(is)?(main|primary|asli)$"),
    ("title", r"title|subject|description|onvan"),
    ("kind", r"kind|sort$|type|category"),
)
DOCUMENTS: Final = re.compile(r"document|attachment|paper|(?<!pro)file|scan|enclosure|sanad|peyvast", re.IGNORECASE)
"""Names of lists of documents."""

_NOTICE: Final = (
    *((f"document.{source}", pattern) for source, pattern in _DOCUMENT),
    ("recipient.first_name", r"firstname"),
    ("recipient.last_name", r"lastname|family|surname"),
    ("recipient.father_name", r"father"),
    ("recipient.identifier", r"nationalid|nationalcode|nationalnumber|melli|identifier|idnumber|recipientid|personid"),
    ("recipient.mobile", r"mobile|cellphone|phone|tel$"),
    ("recipient.postal_code", r"postal|postcode|zip"),
    ("recipient.province", r"province|ostan"),
    ("recipient.city", r"city|shahr$"),
    ("recipient.street", r"street"),
    ("recipient.alley", r"alley"),
    ("recipient.plate", r"plate|pelak"),
    ("recipient.address", r"address"),
    ("reference", r"reference$|refno|ourref|senderref|clientref|idempotencykey|letter$|letterid$|noticeid$"),
    ("case_number", r"casenumber|caseno|dossier|parvande"),
    ("archive_number", r"archive"),
    ("predecessor", r"predecessor|previous"),
    ("subject", r"subject|about$|title|mozoo|mozu"),
    ("issued_on", r"issue(d|don|date|day|ddate|dday)?$|letterdate|letterday|^date$|^day$"),
    ("paper_number", r"letternumber|letterno|papernumber|paperno"),
)
_PEOPLE: Final = re.compile(r"recipient|person|receiver|party|addressee")
_OF_COMPANY: Final = re.compile(r"(company|legal|organi[sz]ation)(full)?name$")
_ASKED: Final = (
    ("reference", r"reference|refno|ref$|letter$|letterid"),
    ("tracking_number", r"tracking|ticket|number$|no$|code$"),
)
_TICKET: Final = (_ASKED[0], ("ticket", _ASKED[1][1] + r"|job|id$"))
_PAGE: Final = (
    ("page.until_day", r"today|untilday|todate|until$|enddate"),
    ("page.day", r"fromday|fromdate|since|day$|date$|startdate"),
    ("limit", r"perpage$|^per(call|request)$"),
    ("page.number", r"page(number|no)?$"),
    ("page.offset", r"offset|skip"),
    ("limit", r"limit|size$|count|max|take$"),
    ("cursor", r"after|cursor|last|from$|next"),
)


def wanted(path: Path, kind: str, leaf: Leaf, *, prefix: str, has_session: bool = False) -> Guess | None:
    """Return the source of a request's element by its name, or None.

    ``kind`` is the kind of mapping or `OF_DOCUMENT`, ``prefix`` the way to a notice from where paths begin.
    """
    last, whole = _plain(path[-1]), _plain("".join(path))
    rules: list[tuple[str, str]] = []
    first = _LOGIN if kind == "login-to-message" else _SESSION if has_session else ()
    match kind:
        case _ if kind == OF_DOCUMENT:
            rules = list(_LISTED)
        case "ticket-to-message":
            rules = list(_TICKET)
        case "notice-to-message":
            rules = [(prefix + source, pattern) for source, pattern in _NOTICE]
            if re.search(r"kind|sort$|(?<!media)(?<!mime)(?<!content)type|category|nature", last):
                who = prefix + ("recipient.kind" if _PEOPLE.search(whole) else "kind")
                return Guess(source=who)
            if re.fullmatch(r"(full)?name", last) or (_PEOPLE.search(whole) and _OF_COMPANY.search(last)):
                return Guess(source=f"{prefix}recipient.name")
            if last == "id" and _PEOPLE.search(whole):
                return Guess(source=f"{prefix}recipient.identifier")
        case "inquiry-to-message" | "poll-to-message":
            rules = [(prefix + source, pattern) for source, pattern in _ASKED]
        case "page-to-message":
            rules = list(_PAGE)
    # Whatever is of the recipient is never ours.
    of_call = _CALL if kind != "notice-to-message" or not _PEOPLE.search(whole) else ()
    for source, pattern in (*first, *of_call, *rules):
        if re.search(pattern, last):
            type_ = _TYPES.get(source.removeprefix(prefix), Type.TEXT)
            if type_ is Type.OCTETS and leaf.type not in (Type.ANY, Type.TEXT):
                continue
            if type_ is Type.BOOLEAN and leaf.type is not Type.BOOLEAN:
                continue
            if source.endswith("digest"):
                return Guess(source=source.removesuffix("digest") + "octets", type=Type.OCTETS)
            return Guess(source=source, type=type_)
    return None


def steps_to(guess: Guess, leaf: Leaf, name: str, *, is_json: bool) -> tuple[Steps, str]:
    """Return the transforms from a source to an element's type, and a remark for a person."""
    if guess.type is Type.OCTETS:
        if re.search(r"sha|hash|digest|checksum", _plain(name)):
            return ['{ name = "digest", form = "hex" }'], 'or form = "base64"'
        return (["base64-encode"], "") if is_json else ([], "base64 by itself")
    match guess.type, leaf.type:
        case Type.DATE, Type.TEXT:
            return ["jalali-text"], "1404/11/14; gregorian-text writes 2026-02-03"
        case Type.DATE, Type.INTEGER:
            return ['{ name = "jalali-text", form = "yyyymmdd" }', "integer"], "14041114"
        case Type.DATE, Type.TIME:
            return ["gregorian-text", '{ name = "suffix", text = "T00:00:00" }', "time", "local-time"], "midnight"
        case Type.TIME, Type.TEXT:
            return ["time-text"], "ISO 8601; jalali-time-text writes 1404/11/14 12:00:00"
        case Type.TIME, Type.INTEGER:
            return ["epoch"], "seconds since 1970"
        case Type.INTEGER, Type.TEXT:
            return ["text"], ""
        case Type.TEXT, Type.INTEGER:
            return ["integer"], ""
        case Type.TEXT, Type.BOOLEAN:
            return ["boolean"], ""
        case _:
            return [], ""


TOLD: Final = {
    "code": (
        r"(error|result|status|state)code$|(?<!tracking)(?<!postal)(?<!rahgiri)code$|(error|result|status)(number|no)$",
        r"^(result|status|state|vaziat)$",
    ),
    "text": (r"message|text$|detail|description|sharh|matn", r"reason|title"),
    "state": (r"^(status|state|vaziat)(code)?$",),
    "token": (r"token$|session(id|key)?$",),
    "ends_at": (r"(valid|expir).*(until|to|at|on|date|time|moment)$|expir(y|es|ation)$", r"until$|end$"),
    "lifetime_seconds": (r"expiresin|lifetime|ttl|validfor|seconds$",),
    "ticket": (r"ticket", r"job"),
    "tracking_number": (
        r"tracking|ticket|(letter|notice|register|registration)(number|no|code)$|rahgiri|shomare",
        r"^number$",
    ),
    "reference": (r"reference|refno|senderref|ourref",),
    "event": (r"event|happening", r"(status|state)(code)?$|vaziat", r"^kind$"),
    "event_time": (r"(event|status)?(date|day|datetime)$|^at$|when|moment|tarikh", r"time$"),
    "cursor": (r"next|cursor", r"after|last|upto"),
    "pages": (r"^pages$|pagecount|totalpages",),
    "more": (r"more$|hasnext",),
}
"""Forms of names that speak for a part of an answer, the clearest first."""


def telling(what: str, paths: Iterable[tuple[Path, Leaf]]) -> tuple[Path, Leaf] | None:
    """Return the leaf of an answer whose name speaks most clearly for ``what`` (a key of `TOLD`).

    One with a name that no mapping can read is none.
    """
    named = [each for each in paths if can_be_read(each[0])]
    return next((each for form in TOLD[what] for each in named if re.search(form, _plain(each[0][-1]))), None)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
