"""A mapping file as a form has changed it: the file's new text, and the texts of the form that cannot be read.

The names of the form's fields are ``id:key``. An id is that of a part (`mapping_text.Part`), ``n.TARGET`` for a target
that no rule makes yet, ``x`` for a new further text, ``w`` for a new table, or ``more`` for entries as text. A field
that the form does not send leaves its key as it is.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from adapters.console.site.exact_values import as_sent, is_as_shown
from adapters.console.versions import rule_text, table_text, unreadable
from adapters.console.versions.mapping_text import FIELD, HEADER, REPEAT, TABLES, Addition, MappingText, Part
from adapters.console.versions.rule_text import KEYS, MAX_STEPS, REQUIRED, SOURCES, StepText
from adapters.console.versions.unreadable import Unreadable
from gateway.mapping.kinds.notice_schemas import NOTICE
from gateway.mapping.model.schema import Group, Leaf, find, leaves
from gateway.notice.text import plain
from gateway.runtime.bilingual import Words

NEW: Final = "n."
EXTRA: Final = "extra."
NEW_EXTRA: Final = "x"
NEW_TABLE: Final = "w"
MORE: Final = "more"
TEXT: Final = "text"
HEADER_KEYS: Final = ("name", "title")
TARGETS: Final[Mapping[str, Leaf]] = {".".join(path): leaf for path, leaf in leaves(NOTICE)}
"""Fields of a notice in the order in which they are judged."""

_ORDER: Final = {path: place for place, path in enumerate(TARGETS)}


@dataclass(frozen=True, slots=True)
class Posted:
    """Texts that a browser sent, by the names of the form."""

    texts: Mapping[str, str] = field(default_factory=dict)

    def of(self, id: str, keys: Sequence[str]) -> dict[str, str]:
        """Return the texts of one part that were sent; line ends are those of a file."""
        named = {key: self.texts.get(f"{id}:{key}") for key in keys}
        return {key: as_sent(text) for key, text in named.items() if text is not None}

    def steps(self, id: str, before: Sequence[StepText]) -> list[StepText] | None:
        """Return a rule's transforms; None if none was sent. One that was not sent is as it was ``before``."""
        found: list[StepText] = []
        sent = False
        for number in range(MAX_STEPS + 1):
            was = before[number] if number < len(before) else StepText("", "")
            sent_now = self.of(id, (f"do.{number}", f"with.{number}"))
            words, given = sent_now.get(f"do.{number}"), sent_now.get(f"with.{number}")
            sent = sent or words is not None or given is not None
            found.append(StepText(was.words if words is None else words, was.parameters if given is None else given))
        while found and not (found[-1].words.strip() or found[-1].parameters.strip()):
            found.pop()
        return found if sent else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """New ``text`` of a file; ``wrong`` are texts that cannot be taken over, by part and key, with what is wrong."""

    text: MappingText
    wrong: Mapping[str, Mapping[str, Words]]

    @property
    def octets(self) -> bytes:
        return self.text.octets


def draft_of(base: MappingText, posted: Posted, columns: Sequence[str], schema: Group = NOTICE) -> Draft:
    """Return the file with the changes of a form. ``columns`` are the known ones of the source."""
    bodies: dict[str, str | None] = {}
    wrong: dict[str, dict[str, Words]] = {}
    for part in base.parts:
        if part.id:
            try:
                bodies[part.id] = _body(part, posted, columns, schema, wrong)
            except Unreadable as error:
                wrong.setdefault(part.id, {})[TEXT if part.kind != TABLES else "entries"] = error.words
    added = list(_added(base, posted, columns, wrong))
    return Draft(text=base.edited(bodies, added), wrong={id: each for id, each in wrong.items() if each})


def target_of(part: Part) -> str:
    target = part.entry.get("target")
    return target if isinstance(target, str) else ""


def _body(
    part: Part, posted: Posted, columns: Sequence[str], schema: Group, wrong: dict[str, dict[str, Words]]
) -> str | None:
    match part.kind:
        case "field":
            return _rule(part, posted, columns, schema, wrong)
        case "repeat":
            return _text(part, posted)
        case "tables":
            return _table(part, posted) if table_text.is_simple(part.entry) else _text(part, posted)
        case _:
            return _header(part, posted)


def _rule(
    part: Part, posted: Posted, columns: Sequence[str], schema: Group, wrong: dict[str, dict[str, Words]]
) -> str | None:
    leaf = find(schema, tuple(target_of(part).split(".")))
    steps = posted.steps(part.id, rule_text.shown_steps(part.entry, "en"))
    made, bad = rule_text.changed(
        part.entry, posted.of(part.id, KEYS), steps, leaf if isinstance(leaf, Leaf) else Leaf(), columns
    )
    wrong[part.id] = bad
    if made == part.entry:
        return part.body
    if not any(key in made for key in SOURCES):
        # A rule goes with its column, but nothing that a person typed, nor a value that would still be taken for one.
        if left := rule_text.without_source(part.entry, made):
            bad.setdefault("from", unreadable.no_source(left).words)
            return part.body
        return None
    return rule_text.rewritten(part.body, FIELD, part.entry, made)


def _header(part: Part, posted: Posted) -> str:
    sent = posted.of(part.id, HEADER_KEYS)
    made = dict(part.entry)
    for key, text in sent.items():
        if is_as_shown(text, str(part.entry.get(key, ""))):
            continue
        made[key] = plain(text) if key == "name" else text.strip()
        if not made[key] and key != "name":
            del made[key]
    return part.body if made == part.entry else rule_text.rewritten(part.body, HEADER, part.entry, made)


def _text(part: Part, posted: Posted) -> str | None:
    sent = posted.of(part.id, (TEXT,)).get(TEXT)
    if sent is None or sent.strip() == as_sent(part.body).strip():
        return part.body
    return _readable(sent) if sent.strip() else None


def _readable(text: str) -> str:
    """Return a text of entries. Raises `Unreadable` for one that is no TOML: no other entry is to become part of it."""
    try:
        told = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise unreadable.no_toml(error) from error
    if foreign := told.keys() - {FIELD, REPEAT, TABLES}:
        raise unreadable.foreign_key(min(foreign))
    return text


def _table(part: Part, posted: Posted) -> str | None:
    sent = posted.of(part.id, ("entries", "unknown", "fold"))
    if "entries" in sent and part.entry["entries"] and not sent["entries"].strip():
        return None
    made = table_text.changed(part.entry, sent)
    return part.body if made == part.entry else table_text.rewritten(part.body, part.name, part.entry, made)


def _added(
    base: MappingText, posted: Posted, columns: Sequence[str], wrong: dict[str, dict[str, Words]]
) -> Iterator[Addition]:
    made = {target_of(part) for part in base.of_kind(FIELD)}
    for path, leaf in TARGETS.items():
        if path not in made and (entry := _new(f"{NEW}{path}", path, leaf, posted, columns, wrong)):
            yield Addition(id=f"{NEW}{path}", body=rule_text.new_text(FIELD, entry), behind=_behind(base, path))
    name = plain(posted.of(NEW_EXTRA, ("name",)).get("name", ""))
    entry = _new(NEW_EXTRA, f"{EXTRA}{name}", Leaf(), posted, columns, wrong)
    if entry and not name:
        wrong[NEW_EXTRA]["name"] = unreadable.no_name_of_a_text().words
    elif name and not entry:
        wrong[NEW_EXTRA].setdefault("from", unreadable.no_source([Words(en=name, fa=name)]).words)
    elif entry:
        yield Addition(id=NEW_EXTRA, body=rule_text.new_text(FIELD, entry), behind=_behind(base, EXTRA))
    yield from _new_table(base, posted, wrong)
    more = posted.of(MORE, (TEXT,)).get(TEXT, "")
    if more.strip():
        try:
            last = {*(part.id for part in base.parts if part.id), *(f"{NEW}{path}" for path in TARGETS), NEW_EXTRA}
            yield Addition(id=MORE, body=_readable(more), behind=frozenset(last))
        except Unreadable as error:
            wrong[MORE] = {TEXT: error.words}


def _new(
    id: str, path: str, leaf: Leaf, posted: Posted, columns: Sequence[str], wrong: dict[str, dict[str, Words]]
) -> dict[str, Any] | None:
    sent = ({"required": REQUIRED} if leaf.required else {}) | posted.of(id, KEYS)
    made, bad = rule_text.changed({"target": path}, sent, posted.steps(id, ()), leaf, columns)
    wrong[id] = bad
    if any(key in made for key in SOURCES):
        return made
    before = {"target": path} | ({"required": True} if leaf.required else {})
    if not bad and (left := rule_text.without_source(before, made)):
        bad["from"] = unreadable.no_source(left).words
    return None


def _behind(base: MappingText, path: str) -> frozenset[str]:
    """Return the rules behind which a new one stands: those of targets that are judged before it."""
    order = _ORDER.get(path, len(_ORDER))
    return frozenset(part.id for part in base.of_kind(FIELD) if _ORDER.get(target_of(part), len(_ORDER)) <= order)


def _new_table(base: MappingText, posted: Posted, wrong: dict[str, dict[str, Words]]) -> Iterator[Addition]:
    sent = posted.of(NEW_TABLE, ("name", "entries", "unknown", "fold"))
    name = re.sub(r"\s+", "-", sent.pop("name", "").strip())
    if not name and not sent.get("entries", "").strip():
        return
    if not name:
        wrong[NEW_TABLE] = {"name": unreadable.no_name_of_a_table().words}
        return
    if name in {part.name for part in base.of_kind(TABLES)}:
        wrong[NEW_TABLE] = {"name": unreadable.table_twice(name).words}
        return
    try:
        entry = table_text.changed({"entries": {}}, {"unknown": "refuse", "fold": "yes", **sent})
    except Unreadable as error:
        wrong[NEW_TABLE] = {"entries": error.words}
        return
    yield Addition(id=NEW_TABLE, body=table_text.new_text(name, entry))
