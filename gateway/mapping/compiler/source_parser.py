"""Parser of the source of a value: a path, an expression, or a constant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.mapping.compiler import contents
from gateway.mapping.compiler.draft import Draft
from gateway.mapping.model.expression import BadExpression, columns_of, parse_expression
from gateway.mapping.model.paths import BadPath, parse_path
from gateway.mapping.program.plan import Source
from gateway.runtime.toml_file import Key

SOURCE_KEYS = ("from", "expression", "value")
MAX_PATHS = 20


def source_of(draft: Draft, entry: Mapping[str, Any], key: Key, *, several: bool = False) -> Source | None:
    """Parse the one source that an entry names; note any mistake. With ``several``, ``from`` may be a list of paths."""
    named = [name for name in SOURCE_KEYS if name in entry]
    if not named:
        draft.mistake("mapping.source-missing", key)
        return None
    if len(named) > 1:
        draft.mistake("mapping.source-twice", (*key, named[1]), contents.together(named))
        return None
    if named == ["value"]:
        return _constant(draft, entry, key)
    if several and named == ["from"] and isinstance(entry["from"], list):
        return _paths(draft, entry["from"], (*key, "from"))
    text = draft.get(entry, key, named[0], str)
    if text is None:
        return None
    return _path(draft, text, (*key, "from")) if named == ["from"] else _expression(draft, text, key)


def _constant(draft: Draft, entry: Mapping[str, Any], key: Key) -> Source | None:
    value = entry["value"]
    if isinstance(value, dict):
        draft.mistake("mapping.value-type", (*key, "value"), contents.SOURCE_VALUE)
        return None
    return Source(key=(*key, "value"), constant=value)


def _path(draft: Draft, text: str, key: Key) -> Source | None:
    try:
        path = parse_path(text)
    except BadPath as error:
        draft.mistake("mapping.path", key, contents.REASON.filled(text=text, reason=error.found))
        return None
    begins_with = path.text if path.namespace is not None else next(iter(path.names), None)
    return Source(key=key, path=path, columns=() if begins_with is None else (begins_with,))


def _paths(draft: Draft, texts: list[Any], key: Key) -> Source | None:
    if not 1 < len(texts) <= MAX_PATHS or not all(isinstance(text, str) for text in texts):
        draft.mistake("mapping.value-type", key, contents.SOURCE_PATHS.filled(most=MAX_PATHS))
        return None
    found = [_path(draft, text, key) for text in texts]
    if None in found:
        return None
    sources = [source for source in found if source is not None]
    return Source(
        key=key,
        paths=tuple(source.path for source in sources if source.path is not None),
        columns=tuple(column for source in sources for column in source.columns),
    )


def _expression(draft: Draft, text: str, key: Key) -> Source | None:
    here = (*key, "expression")
    try:
        tree = parse_expression(text)
    except BadExpression as error:
        draft.mistake(error.code, here, error.found, named=error.named, known=error.known)
        return None
    return Source(key=here, expression=tree, columns=tuple(columns_of(tree) or ()))
