"""The sealer of notices that fit the contract of one profile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.composition.judiciary.bound_profile import BoundProfile
from adapters.composition.key_files import load_pair
from adapters.crypto.keys.certificate import load_certificates, signing_certificate
from adapters.crypto.xml.sealing import NoticeSealer
from adapters.crypto.xml.strict_xml import load_schema
from adapters.judiciary.mapped.contract_sealer import ContractSealer
from adapters.shipped.resources import NOTICE_SCHEMA, SCHEMAS
from gateway.notice.envelope import Sealer

if TYPE_CHECKING:
    from adapters.composition.installation import Installation


def notice_sealer(installation: Installation, judiciary: BoundProfile) -> Sealer:
    """Return the sealer of notices that fit the contract of ``judiciary``."""
    if installation.ports is not None:
        return installation.ports.sealer(judiciary)
    installation.assert_allowed()
    bodies, folder = installation.settings.bodies, installation.folder
    signers = {code: load_pair(body.seal, folder) for code, body in bodies.items()}
    chains = {
        code: signing_certificate(
            f"seal {code}",
            signers[code].certificate.der,
            load_certificates(folder.path(body.seal.certificate)),
        )
        for code, body in bodies.items()
    }
    sealer = NoticeSealer(signers, load_schema(NOTICE_SCHEMA, SCHEMAS), chains)
    binding = judiciary.binding
    # A sealed notice fits our own contracts whatever it says: they leave room for one element, or for its octets.
    contract = None if binding.is_ours else binding
    file = judiciary.profile.file
    return ContractSealer(sealer, contract, file.limits.attachment_bytes, file.most_documents)
