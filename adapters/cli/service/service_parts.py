"""Parts of the service that a configuration file makes. A reload exchanges them as a whole."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from adapters.cli.common.logs import log_to
from adapters.composition.installation import Installation
from adapters.composition.key_files import certificate_files, signing_certificate_of
from adapters.composition.pass_gates import Gates
from adapters.composition.tasks import tasks
from adapters.crypto.keys.certificate import Certificate, assert_valid_now
from adapters.schedule.task import Task
from adapters.settings import assert_changeable
from gateway.runtime.clock import system_clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Parts of one configuration file: all of them could be made, or none is in force."""

    installation: Installation
    gates: Gates
    tasks: Sequence[Task]
    certificates: Mapping[str, Certificate]

    @classmethod
    def of(cls, config: Path, roles: Collection[str], before: Installation | None = None) -> Parts:
        """Read ``config``, and load every key and certificate that ``roles`` need.

        With an installation ``before``, the new one must be fit to replace it, too; without one, logs go where the
        file says. Raises `GatewayError`; every error leaves nothing open.
        """
        installation = Installation.of(config)
        if before is not None:
            installation.keep_time_of(before)
        gates = Gates(installation)
        try:
            parts = cls(
                installation=installation,
                gates=gates,
                tasks=tasks(installation, roles, gates=gates),
                certificates={
                    use: signing_certificate_of(file, installation.folder)
                    for use, file in certificate_files(installation.settings).items()
                },
            )
            if before is not None:
                assert_changeable(config, before.settings, installation.settings)
                for use, certificate in parts.certificates.items():
                    # A partner's old certificate stands beside its new one for a while.
                    if not use.startswith(("judiciary", "source")):
                        assert_valid_now(certificate, system_clock())
            else:
                parts.log()
        except BaseException:
            installation.close()
            raise
        return parts

    def log(self) -> None:
        """Send logs where the file says. Raises `GatewayError` ``config.value``, and then changes nothing."""
        log_to(self.installation.settings.log, self.installation.base)
