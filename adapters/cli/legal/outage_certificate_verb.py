"""The verb `legal outage-certificate`: a printed certificate of measured outages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.common.acting_account import ReasonOption
from adapters.cli.common.installation import installation_of
from adapters.cli.legal.issued_file import assert_new, issue_into
from adapters.cli.legal.outages_verb import SinceOption, UntilOption, times
from adapters.composition.legal.outage_certificates import print_outage_certificate
from adapters.terminal.printing import DEFAULT_CONFIG, ConfigOption, JsonOption
from gateway.runtime.clock import timestamp

ACT = "outages.certify"


def outage_certificate(
    since: SinceOption,
    out: Annotated[Path, typer.Option("--out", "-o", help="The file to make, such as outages.pdf.")],
    reason: ReasonOption,
    until: UntilOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Issue a certificate of the measured outages, and print it: a Persian PDF for a case file.

    The reason is the purpose. It is recorded with the certificate before the file is there.
    """
    assert_new(out)
    installation = installation_of(config)
    begin, end = map(timestamp, times(since, until, installation.clock()))
    issue_into(out, installation, ACT, reason, print_outage_certificate, as_json, begin=begin, end=end)
