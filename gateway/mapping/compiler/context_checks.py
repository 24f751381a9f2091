"""Checks of paths into the namespaces of a call: ``$call.id``, ``$config.NAME``."""

from __future__ import annotations

import re

from gateway.mapping.compiler.draft import Draft, meant
from gateway.mapping.kinds.call_context import CONFIG_NAME
from gateway.mapping.model.kind import Kind
from gateway.mapping.model.paths import CONFIG
from gateway.mapping.model.schema import Leaf, find
from gateway.runtime.toml_file import Key


def assert_in_context(draft: Draft, kind: Kind, key: Key, names: tuple[str, ...], text: str) -> None:
    """Note a path, written as ``text``, that leads to no value of the kind's namespaces."""
    namespace, *rest = names
    group = kind.context.get(namespace)
    if group is None:
        there = ", ".join(kind.context) or "no names that begin with $; one of the document's own stands in quotes"
        told = f"{text}; {meant(namespace, kind.context)}{kind.name} has {there}"
        draft.mistake("mapping.source-unknown", key, told)
        return
    if len(rest) == 1 and isinstance(find(group, tuple(rest)), Leaf) and _is_name(namespace, rest[0]):
        return
    name = ".".join(rest)
    if namespace == CONFIG and _is_name(namespace, name) and not group.is_open:
        told = f'{text}; {meant(name, group.members)}add {name} = "…" under [judiciary.values] of the configuration'
        draft.mistake("mapping.config-missing", key, told)
        return
    there = ", ".join(f"{namespace}.{each}" for each in group.members) or f"{namespace}.NAME"
    found = meant(text, [f"{namespace}.{each}" for each in group.members])
    draft.mistake("mapping.source-unknown", key, f"{text}; {found}there are {there}")


def _is_name(namespace: str, name: str) -> bool:
    return namespace != CONFIG or re.fullmatch(CONFIG_NAME, name, re.ASCII) is not None
