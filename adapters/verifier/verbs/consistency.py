"""Verb `archive consistency`: check that a later checkpoint's tree begins with an earlier one's."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from adapters.terminal.printing import FINDING, JsonOption, console, print_json
from adapters.verifier.archive.auditor import read_checkpoint
from adapters.verifier.archive.segment_consistency import judge_by_segments
from adapters.verifier.trust.trust_folder import Trust
from adapters.verifier.verbs.archive import TrustOption
from adapters.verifier.verbs.show import COLOUR, show_anchors
from gateway.archive.consistency import Comparison, ConsistencyProof, NotAProof, judge
from gateway.merkle.checkpoint import Checkpoint
from gateway.runtime.errors import GatewayError
from gateway.runtime.verdict import Verdict


def consistency(
    old: Annotated[Path, typer.Argument(help="The earlier checkpoint.")],
    new: Annotated[Path, typer.Argument(help="The later one.")],
    trust: TrustOption,
    archive: Annotated[Path | None, typer.Option(help="The archive's folder: its records are hashed anew.")] = None,
    proof: Annotated[Path | None, typer.Option(help="What `archive prove` wrote: no archive is needed then.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Prove that nothing before an earlier checkpoint was rewritten or removed; exit 1 unless that is proven."""
    if (archive is None) == (proof is None):
        raise typer.BadParameter("either --archive or --proof")
    checkpoints = read_checkpoint(old, trust), read_checkpoint(new, trust)
    found = _by_proof(*checkpoints, proof) if proof else judge_by_segments(*checkpoints, archive or Path())
    anchors = Trust.of(trust).fingerprints()
    if as_json:
        sizes = {"old": checkpoints[0].size, "new": checkpoints[1].size}
        print_json({"verdict": found.verdict, "reason": found.reason, **sizes, "trusted": anchors})
    else:
        console.print(Text(found.verdict, style=COLOUR[found.verdict]), end=" ")
        console.print(found.reason, markup=False, soft_wrap=True)
        show_anchors(anchors)
    if found.verdict is not Verdict.PASSED:
        raise typer.Exit(FINDING)


def _by_proof(old: Checkpoint, new: Checkpoint, path: Path) -> Comparison:
    try:
        return judge(old, new, ConsistencyProof.of(path.read_bytes()))
    except (OSError, NotAProof) as error:
        raise GatewayError("archive.proof", where=str(path), detail=str(error)) from error
