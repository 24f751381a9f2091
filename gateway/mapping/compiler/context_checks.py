"""Checks of paths into the namespaces of a call: ``$call.id``, ``$config.NAME``."""

from __future__ import annotations

import re

from gateway.mapping.compiler import contents
from gateway.mapping.compiler.draft import Draft
from gateway.mapping.kinds.call_context import CONFIG_NAME
from gateway.mapping.model.kind import Kind
from gateway.mapping.model.paths import CONFIG
from gateway.mapping.model.schema import Leaf, find
from gateway.runtime.bilingual import listed
from gateway.runtime.toml_file import Key


def assert_in_context(draft: Draft, kind: Kind, key: Key, names: tuple[str, ...], text: str) -> None:
    """Note a path, written as ``text``, that leads to no value of the kind's namespaces."""
    namespace, *rest = names
    group = kind.context.get(namespace)
    if group is None:
        known, phrase = tuple(kind.context), contents.NO_NAMESPACE if kind.context else contents.NO_NAMESPACES
        meant = contents.meant(namespace, known)
        found = phrase.filled(text=text, meant=meant, kind=kind.name, names=listed(known))
        draft.mistake("mapping.source-unknown", key, found, named=namespace, known=known)
        return
    if len(rest) == 1 and isinstance(find(group, tuple(rest)), Leaf) and _is_name(namespace, rest[0]):
        return
    name = ".".join(rest)
    if namespace == CONFIG and _is_name(namespace, name) and not group.is_open:
        found = contents.CONFIGURATION.filled(text=text, meant=contents.meant(name, group.members), name=name)
        draft.mistake("mapping.config-missing", key, found, named=name, known=group.members)
        return
    known = tuple(f"{namespace}.{each}" for each in group.members)
    there = listed(known or [f"{namespace}.NAME"])
    found = contents.NO_SUCH_VALUE.filled(text=text, meant=contents.meant(text, known), names=there)
    draft.mistake("mapping.source-unknown", key, found, named=text, known=known)


def _is_name(namespace: str, name: str) -> bool:
    return namespace != CONFIG or re.fullmatch(CONFIG_NAME, name, re.ASCII) is not None
