"""Catalogue of transforms by name.

`gateway.mapping.compiler.lookup_tables` has `lookup`, which needs a table of the file.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.mapping.transforms import dates, identifiers, lists, numbers, octets, text, written_times
from gateway.mapping.transforms.transform import Transform

TRANSFORMS: Mapping[str, Transform] = {
    transform.name: transform
    for module in (text, numbers, dates, written_times, identifiers, octets, lists)
    for transform in module.TRANSFORMS
}
