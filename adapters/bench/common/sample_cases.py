"""Sample case databases with documents of one size, beside the demonstration's own.

The library that sets papers is no part of an installation: it is imported when a sample is made.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from adapters.bench.common.gateway_file import set_values
from adapters.sandbox.verbs.demo_folder import SEED

_GOOD_PAPERS = """
    UPDATE papers SET document = ? WHERE paper_id NOT IN (
        SELECT n.paper_id FROM notices n JOIN sample_expectations e USING (notice_id) WHERE e.defect IS NOT NULL
    )
"""


def make_cases(path: Path, notices: int, document_bytes: int, seed: int = SEED) -> None:
    """Make a sample of so many rows. Documents have about this size, but for those with a defect."""
    from adapters.sandbox.cases import generate

    generate(path, notices=notices, seed=seed, small_documents=True)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(_GOOD_PAPERS, [paper(document_bytes)])


def paper(size: int) -> bytes:
    """Return a PDF of about so many octets."""
    from adapters.sandbox.cases.paper import sized_paper

    return sized_paper(size)


def good_rows(rows: int) -> int:
    """Return how many notices come of a sample of so many rows."""
    from adapters.sandbox.cases.generator import bad_rows

    return rows - bad_rows(rows)


def add_source(config: Path, name: str, notices: int, document_bytes: int, seed: int) -> None:
    """Make a sample beside the configuration file, and add it as the source ``name``."""
    make_cases(config.with_name(f"{name}.db"), notices, document_bytes, seed)
    set_values(config, {f"sources.{name}.url": f"sqlite:///{name}.db"})
