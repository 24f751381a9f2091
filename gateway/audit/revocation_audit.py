"""Audit of revocation: whether the certificates that signed an archive's records were good when they did."""

from __future__ import annotations

from typing import Protocol, assert_never

from gateway.audit.audit import SegmentAudit
from gateway.audit.audit_recipe import Check
from gateway.runtime.clock import timestamp
from gateway.runtime.verdict import Verdict
from gateway.trust.revocation_status import Finding, Standing
from gateway.trust.trust_policy import Facts


class RevocationJudge(Protocol):
    """Knows the lists that an archive and its auditor hold."""

    def standing(self, facts: Facts) -> Finding:
        """How the signer's chain stood at the time of signing."""
        ...


class RevocationCheck:
    """Tells each record that was signed with a revoked certificate, and each certificate that cannot be judged once."""

    def __init__(self, judge: RevocationJudge | None, audit: SegmentAudit) -> None:
        self._judge, self._audit = judge, audit
        self._told: set[tuple[Standing, int]] = set()

    def judge(self, subject: str, facts: Facts) -> None:
        if self._judge is None:
            return
        found = self._judge.standing(facts)
        match found.standing:
            case Standing.GOOD:
                self._audit.passed[Check.REVOCATION] += 1
            case Standing.REVOKED:
                self._audit.add(Check.REVOCATION, subject, f"signed {timestamp(facts.signed_at)}: {found.told}")
            case Standing.NOT_KNOWN_THEN:
                self._once(found, subject, f"{found.told}, is older than the signature; a later one proves it")
            case Standing.UNKNOWN:
                self._once(found, subject, found.told)
            case _:
                assert_never(found.standing)

    def _once(self, found: Finding, subject: str, reason: str) -> None:
        key = found.standing, found.link.serial if found.link else 0
        if key not in self._told:
            self._told.add(key)
            self._audit.add(Check.REVOCATION, subject, reason, Verdict.INDETERMINATE)
