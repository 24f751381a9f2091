"""Strict XML: one strict parser, exclusive C14N as the only output, schemas from local files alone."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from lxml import etree

from adapters.crypto.schema.schema_cost import MAX_STEPS, schemas_of, steps
from adapters.crypto.schema.schema_patterns import SchemaPatterns
from gateway.notice.profile_version import is_left_out
from gateway.runtime.errors import GatewayError
from gateway.trust.trust_policy import Rejection

MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits of input: octets, elements, depth of elements.

    Further limits are attributes and namespace declarations on one element and in all, and the length of a namespace
    URI in characters.
    """

    max_bytes: int
    max_nodes: int
    max_depth: int
    max_attributes: int = 32
    max_attributes_total: int
    max_namespaces: int = 32
    max_namespaces_total: int
    max_namespace_length: int = 256


MESSAGE_LIMITS: Final = Limits(
    max_bytes=12 * MIB, max_nodes=60_000, max_depth=32, max_attributes_total=60_000, max_namespaces_total=6_000
)
"""Limits of a message: at most 500 seals, about 8 MB, each of about 60 elements, 25 attributes, 3 declarations."""

DOCUMENT_LIMITS: Final = Limits(
    max_bytes=10 * MIB, max_nodes=500, max_depth=16, max_attributes_total=3_000, max_namespaces_total=64
)
"""Limits of a sealed notice with the largest attachment in base64, or of a receipt."""

_PROLOG = re.compile(rb"""(<\?xml[ \t\r\n][^<>]{0,200}?\?>)?[ \t\r\n]*""")
_ENCODING = re.compile(rb"""encoding[ \t\r\n]*=[ \t\r\n]*["']([^"']*)["']""")
_ID_NAMES = frozenset({"Id", "ID", "id", "iD"})
_MAX_ID_LENGTH = 256
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


def parse(octets: bytes, limits: Limits) -> etree._Element:
    """Return the document element of UTF-8 XML without DOCTYPE, comments, processing instructions or duplicate ids.

    Raises `Rejection`: ``verify.too-large``, ``.encoding``, ``.doctype``, ``.malformed``, ``.comment-or-pi``,
    ``.too-complex``, ``.duplicate-id``. Whatever is returned has a canonical form. `GatewayError`
    ``setup.memory`` where there is no memory for a tree: no verdict on the octets.
    """
    if len(octets) > limits.max_bytes:
        raise Rejection("verify.too-large", detail=f"{len(octets)} octets")
    _refuse_other_encodings(octets)
    _refuse_prolog(octets)
    # Counted before a tree is built: a tree takes up to a hundred times its octets. An element has at most two of the
    # one, an attribute or a declaration at least one of the other.
    if octets.count(b"<") > 2 * limits.max_nodes or octets.count(b"=") > limits.max_attributes_total:
        raise Rejection("verify.too-complex", detail="elements or attributes")
    root = tree_of_canonical(octets)
    _walk(root, limits)
    return root


def tree_of_canonical(octets: bytes) -> etree._Element:
    """Return the document element of canonical octets of a part of what `parse` returned: it has passed all checks.

    Raises as `parse` does for octets that are no XML.
    """
    try:
        return etree.fromstring(octets, _parser())
    except etree.XMLSyntaxError as error:
        if error.code == etree.ErrorTypes.ERR_NO_MEMORY:  # type: ignore[attr-defined]
            raise GatewayError("setup.memory", detail=f"{len(octets)} octets") from error
        too_complex = error.code == etree.ErrorTypes.ERR_RESOURCE_LIMIT  # type: ignore[attr-defined]
        code = "verify.too-complex" if too_complex else "verify.malformed"
        raise Rejection(code, detail=f"line {error.lineno}, column {error.offset}") from None


def canonical(element: etree._Element, prefixes: Sequence[str] = ()) -> bytes:
    """Return the exclusive C14N without comments of ``element`` as the apex (no tail).

    ``prefixes`` are inclusive ones (Exclusive XML Canonicalization, 3): they are declared there even if unused. Each
    must be in scope at ``element``: `Rejection` ``verify.transform``.
    Raises `GatewayError` ``setup.memory`` if memory is too small for the octets: no verdict on them.
    """
    if prefixes and not all(map(element.nsmap.get, prefixes)):
        raise Rejection("verify.transform", where=local(element), detail="a prefix that is not declared")
    try:
        return etree.tostring(
            element, method="c14n", exclusive=True, with_comments=False, inclusive_ns_prefixes=prefixes or None
        )
    except etree.C14NError as error:
        # One error for whatever libxml2 has no form for, or no memory. `parse` has refused the former: relative
        # namespace URIs and, by the DOCTYPE, references to entities.
        raise GatewayError("setup.memory", where=local(element), detail=str(error)) from error


MAX_NAME: Final = 64


def local(element: etree._Element) -> str:
    """Return the element's local name; a long one, which no contract has, is cut."""
    return str(element.tag).rpartition("}")[2][:MAX_NAME]


def load_schema(path: Path, within: Path | None = None) -> etree.XMLSchema:
    """Return the schema at ``path`` with its imports: .xsd files ``within`` that folder (else: the schema's own).

    Threads may share it: `conforms` judges by a schema object of the thread's own. Raises `GatewayError`
    ``courier.contract`` with the path, also where the folder's schemas would take too much work (`schema_cost`), and
    ``courier.pattern`` for a pattern that has no bound.
    """
    schemas = _SchemasWithin((within or path.parent).resolve())
    try:
        documents = schemas_of(schemas.documents())
        if (work := steps(documents.values())) > MAX_STEPS:
            detail = f"its content models take {work:.0e} steps, and may take {MAX_STEPS:.0e}"
            raise GatewayError("courier.contract", where=str(path), detail=detail)
        schema = _SharedSchema(path, schemas, SchemaPatterns(documents))
    except (OSError, etree.LxmlError, RecursionError) as error:
        raise GatewayError("courier.contract", where=str(path), detail=str(error)) from error
    # libxml2 silently skips a refused import if the last file requested from it was absent.
    if schemas.refused:
        raise GatewayError("courier.contract", where=str(path), detail=f"it imports '{schemas.refused[0]}'")
    return schema


def conforms(schema: etree.XMLSchema, element: etree._Element) -> None:
    """Raise `Rejection` ``verify.schema`` unless ``element`` fits; ``where`` is the local name of the element at fault.

    The detail names line and rule, and never quotes the value: it may be a person's. ``verify.too-complex`` where texts
    are so long that the schema's patterns would take too much work (`schema_patterns`).
    """
    if isinstance(schema, _SharedSchema):
        if dearest := schema.patterns.dearest(element):
            raise Rejection("verify.too-complex", where=dearest[:MAX_NAME], detail="texts, for the schema's patterns")
        schema = schema.of_this_thread()
    try:
        if schema.validate(element):
            return
    except etree.XMLSchemaValidateError:  # libxml2 gave up
        raise Rejection("verify.schema", where=local(element), detail="it cannot be judged") from None
    log: Any = schema.error_log
    if not len(log):
        raise Rejection("verify.schema", where=local(element))
    fault = log[0]
    name = re.match(r"Element '(?:\{[^}]*\})?([^']*)'", fault.message)
    # Of this rule's message alone the end is known to come from the schema: the names that are expected.
    expected = re.search(r"Expected is .*", fault.message) if fault.type_name == "SCHEMAV_ELEMENT_CONTENT" else None
    where = name[1][:MAX_NAME] if name else local(element)
    rule = expected[0] if expected else fault.type_name
    raise Rejection("verify.schema", where=where, detail=f"line {fault.line}: {rule}")


def faults(schema: etree.XMLSchema, root: etree._Element) -> list[etree._Element]:
    """Return the elements of a tree that do not fit a schema, each once. Lines of its elements are numbered anew."""
    judge = schema.of_this_thread() if isinstance(schema, _SharedSchema) else schema
    by_line = dict(enumerate(root.iter("{*}*"), start=1))
    for line, element in by_line.items():
        element.sourceline = line  # type: ignore[assignment]  # the stubs take it for a constant
    if judge.validate(root):
        return []
    log: Any = judge.error_log
    return list(dict.fromkeys(by_line.get(entry.line, root) for entry in log)) or [root]


def _parser() -> etree.XMLParser:
    # One for each document: it costs under a microsecond, and a shared one is a lock between threads.
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        attribute_defaults=False,
        huge_tree=False,
        remove_comments=False,
        remove_pis=False,
        collect_ids=False,
    )


class _SharedSchema(etree.XMLSchema):
    """Schema that each thread compiles for itself, from the same octets.

    lxml keeps the errors of the last document in the schema object: two threads would read each other's.
    """

    def __init__(self, path: Path, schemas: _SchemasWithin, patterns: SchemaPatterns) -> None:
        self._path, self._schemas, self.patterns = path, schemas, patterns
        self._compiled = threading.local()
        super().__init__(self._tree())

    def of_this_thread(self) -> etree.XMLSchema:
        if not hasattr(self._compiled, "schema"):
            self._compiled.schema = etree.XMLSchema(self._tree())
        found: etree.XMLSchema = self._compiled.schema
        return found

    def _tree(self) -> etree._ElementTree:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        parser.resolvers.add(self._schemas)
        return etree.parse(str(self._path), parser)


class _SchemasWithin(etree.Resolver):
    """Resolver of imports for libxml2: .xsd files of one folder pass, every URL and other file is refused."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[Path, bytes] = {}
        self.refused: list[str] = []

    def documents(self) -> dict[Path, bytes]:
        """Return all of the folder's .xsd files, in no order; nothing else is ever imported. Each is read once."""
        for path in self._folder.rglob("*.xsd"):
            if path.is_file() and path.resolve().is_relative_to(self._folder):
                self._octets(path.resolve())
        return dict(self._read)

    def _octets(self, path: Path) -> bytes:
        if path not in self._read:
            self._read[path] = path.read_bytes()
        return self._read[path]

    def resolve(self, system_url: str, public_id: str, context: Any) -> Any:  # type: ignore[override]  # noqa: ARG002
        path = Path(system_url).resolve()
        inside = path.suffix == ".xsd" and path.is_relative_to(self._folder) and path.is_file()
        if not inside or is_left_out(path.relative_to(self._folder)):
            self.refused.append(system_url)
            raise GatewayError("courier.contract", where=system_url, detail="not an .xsd file of the folder")
        # Read here: libxml2 opens no file itself, however a name is escaped or linked.
        return self.resolve_string(self._octets(path), context, base_url=system_url)


def _refuse_other_encodings(octets: bytes) -> None:
    if octets[:3] == b"\xef\xbb\xbf" or octets[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in octets[:4]:
        raise Rejection("verify.encoding", detail="a byte order mark, or UTF-16 or UTF-32")
    try:
        octets.decode()
    except UnicodeDecodeError as error:
        raise Rejection("verify.encoding", detail=f"octet {error.start}") from None


def _refuse_prolog(octets: bytes) -> None:
    """Refuse another declared encoding, and anything but white space before the document element.

    XML allows a DOCTYPE only there: this excludes it everywhere before parsing.
    """
    prolog = _PROLOG.match(octets)
    assert prolog is not None
    encoding = _ENCODING.search(prolog[1] or b"")
    if encoding and encoding[1].lower() != b"utf-8":
        raise Rejection("verify.encoding", detail="declares another encoding")
    if octets.startswith((b"<?", b"<!--"), prolog.end()):
        raise Rejection("verify.comment-or-pi", detail="before the document element")
    if octets.startswith(b"<!", prolog.end()):
        raise Rejection("verify.doctype")


def _walk(root: etree._Element, limits: Limits) -> None:
    """Apply the limits and find comments, processing instructions and duplicate ids, in one pass over the tree."""
    if root.getprevious() is not None or root.getnext() is not None:
        raise Rejection("verify.comment-or-pi", detail="beside the document element")
    nodes = depth = declarations = here = 0
    ids: set[str] = set()
    # Names of attributes and namespaces repeat: each is looked at once.
    others: set[str] = set()
    namespaces: set[str] = set()
    for event, item in etree.iterwalk(root, events=("start", "end", "start-ns", "comment", "pi")):
        if event == "end":
            depth -= 1
        elif event == "start":
            nodes += 1
            depth += 1
            here = 0
            if nodes > limits.max_nodes or depth > limits.max_depth:
                raise Rejection("verify.too-complex", detail="elements")
            if names := item.keys():
                # Before any value is read: C14N processes all attributes of an element for each of them.
                if len(names) > limits.max_attributes:
                    raise Rejection("verify.too-complex", detail="attributes")
                if not others.issuperset(names):
                    _collect_ids(item, names, others, ids)
        elif event == "start-ns":
            # lxml reports an element's declarations before the element.
            here += 1
            declarations += 1
            if here > limits.max_namespaces or declarations > limits.max_namespaces_total:
                raise Rejection("verify.too-complex", detail="namespace declarations")
            if (uri := item[1]) not in namespaces:
                if len(uri) > limits.max_namespace_length:
                    raise Rejection("verify.too-complex", detail="a namespace URI")
                if uri and not _ABSOLUTE.match(uri):
                    # Canonical XML, 1.3: what has one has no canonical form.
                    raise Rejection("verify.malformed", detail="a relative namespace URI")
                namespaces.add(uri)
        else:
            raise Rejection("verify.comment-or-pi")


def _collect_ids(element: etree._Element, names: Sequence[str], others: set[str], ids: set[str]) -> None:
    """Add the ids among an element's attributes to ``ids``, and the names of the others to ``others``."""
    for name in names:
        if name.rpartition("}")[2] not in _ID_NAMES:
            others.add(name)
            continue
        value = element.get(name, "")
        if value in ids:
            raise Rejection("verify.duplicate-id")
        if len(value) > _MAX_ID_LENGTH:
            raise Rejection("verify.too-complex", detail="an id")
        ids.add(value)
