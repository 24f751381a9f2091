"""The verbs `keys recipients` and `db index-recipients`: the keys by which notices are found by recipient, and the
index.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from adapters.cli.common.installation import installation_of
from adapters.composition.console import recipient_hashes
from adapters.terminal.printing import DEFAULT_CONFIG, FINDING, ConfigOption, JsonOption, console, print_json, table
from gateway.notice.identifiers import InvalidIdentifier, foreign_id, legal_entity_id, national_id
from gateway.notice.recipient_index import KeyedHash, RecipientKey, index_recipients
from gateway.notice.text import plain
from gateway.runtime.errors import GatewayError
from gateway.store.ports.evidence_store import EvidenceStore

if TYPE_CHECKING:
    from adapters.composition.installation import Installation
    from adapters.crypto.keys.recipient_key_file import RecipientKeyFile


def create(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Make the first key, in a file that its owner alone may read. Back it up with the other keys."""
    file = installation_of(config).recipient_keys
    _tell_key(file.create(), file, "index the notices that are here: db index-recipients", as_json)


def rotate(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Put a new key in force; the earlier ones stay in the file until all notices are found by the new one."""
    file = installation_of(config).recipient_keys
    _tell_key(file.rotate(), file, "db index-recipients, then keys recipients retire", as_json)


def retire(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Take the earlier keys out of the file; refused while a notice is found by one of them only."""
    installation = installation_of(config)
    file, index = installation.recipient_keys, installation.store().recipients
    present = _some(file)[0]
    if others := sum(count for id, count in index.sizes().items() if id != present.id):
        raise GatewayError("search.in-use", where=str(file.path), detail=f"{others} entries by earlier keys")
    retired = [key.id for key in file.retire()]
    if as_json:
        print_json({"retired": retired, "key": present.id})
    else:
        console.print(f"retired: {', '.join(retired) or 'none; there is one key'}", markup=False, soft_wrap=True)


def list_keys(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """List the keys by their ids, and how many notices are found by each; exit 1 if one is missing or unknown."""
    installation = installation_of(config)
    file, store = installation.recipient_keys, installation.store()
    keys, sizes = file.known(), store.recipients.sizes()
    rows = [
        {"key": key.id, "state": "earlier" if number else "in use", "notices": sizes.pop(key.id, 0)}
        for number, key in enumerate(keys)
    ]
    rows += [{"key": id, "state": "not in the file", "notices": size} for id, size in sizes.items()]
    if as_json:
        print_json({"file": str(file.path), "keys": rows})
    else:
        shown = table(str(file.path), "key", "state", ">notices")
        for row in rows:
            shown.add_row(str(row["key"]), str(row["state"]), f"{row['notices']:,}")
        console.print(shown if rows else f"no key; `keys recipients create` makes {file.path}")
    if sizes:
        raise typer.Exit(FINDING)


def index(
    limit: Annotated[int, typer.Option(min=1, help="At most so many notices in this run.")] = 10_000,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Let notices be found by recipient that are not yet; exit 1 while some remain. May be ended and repeated."""
    installation = installation_of(config)
    store, key = installation.store(), _some(installation.recipient_keys)[0]
    done = index_recipients(store.recipients, key, partial(_identifier_in, store.evidence), limit)
    left = done.remaining - done.deleted
    if as_json:
        told: dict[str, Any] = {"indexed": done.indexed, "remaining": left, "deleted": done.deleted}
        print_json({**told, "dropped": done.dropped, "key": key.id})
    else:
        console.print(f"indexed {done.indexed:,} notices by key {key.id}; {left:,} remain", soft_wrap=True)
        if done.deleted:
            console.print(f"{done.deleted:,} have no sealed octets any more: they are found by case or number only")
    if left:
        raise typer.Exit(FINDING)


def hashes_of(installation: Installation, identifier: str) -> list[KeyedHash]:
    """Return an identifier's hashes by every key.

    Raises `GatewayError` ``search.*``; an invalid identifier is wrong usage.
    """
    return recipient_hashes.hashes_of(installation, _checked(plain(identifier)))


def unindexed(installation: Installation) -> int:
    """Return the number of notices that no key of ours finds yet by their recipients."""
    return recipient_hashes.unindexed(installation)


def index_state(installation: Installation) -> str:
    """Return the state of the index of recipients. Raises `GatewayError` ``search.*`` for an error that an operator
    must correct.

    Having no key at all is no error.
    """
    file, index = installation.recipient_keys, installation.store().recipients
    keys, sizes = file.known(), index.sizes()
    if not keys and not sizes:
        return "off: notices are found by case and tracking number; `keys recipients create` adds the identifier"
    if lost := set(sizes) - {key.id for key in keys}:
        raise GatewayError("search.key-lost", where=str(file.path), detail=f"key {', '.join(sorted(lost))}")
    file.assert_private()
    by_key = f"{sizes.get(keys[0].id, 0):,} notices by key {keys[0].id}"
    missing = index.count_unindexed(keys[0].id)
    return by_key + (f"; {missing:,} are not found by the identifier yet: db index-recipients" if missing else "")


def _some(file: RecipientKeyFile) -> list[RecipientKey]:
    found = file.known()
    if not found:
        raise GatewayError("search.no-key", where=str(file.path))
    return found


def _checked(text: str) -> str:
    """Return the plain form of an identifier; its length decides between a natural, legal or foreign person."""
    check = {11: legal_entity_id, 12: foreign_id}.get(len(text), national_id)
    try:
        return check(text)
    except InvalidIdentifier as error:
        entry = GatewayError(error.code).entry
        raise typer.BadParameter(f"{entry.en}\n{entry.fa}", param_hint="--recipient") from None


def _identifier_in(store: EvidenceStore, digest: str) -> str:
    from adapters.crypto.xml.sealing import recipient_identifier

    return recipient_identifier(store.payload(digest))


def _tell_key(key: RecipientKey, file: RecipientKeyFile, then: str, as_json: bool) -> None:
    if as_json:
        print_json({"key": key.id, "file": str(file.path)})
        return
    console.print(f"key {key.id} in {file.path} (0600)\nback it up with the other keys; next: {then}", soft_wrap=True)
