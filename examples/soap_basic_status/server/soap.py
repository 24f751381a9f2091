"""SOAP 1.1: a request is read with expat, an answer is written by hand with one escaping function."""

from dataclasses import dataclass, field
from xml.parsers import expat

from tables import NAMESPACE

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_SCHEMA_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
_DEEPEST = 8
_SPACE = " \t\r\n"


class UnreadableError(Exception):
    """The message is answered with a fault; `code` is the local name of the fault's code."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


@dataclass
class Element:
    name: str  # {namespace}local
    attributes: dict[str, str]
    text: str = ""
    children: list["Element"] = field(default_factory=list)

    @property
    def local(self) -> str:
        return self.name.rpartition("}")[2]

    def has_only_elements(self) -> bool:
        return not self.text.strip(_SPACE)

    def own_attributes(self) -> list[str]:
        return [name for name in self.attributes if not name.startswith(f"{{{_SCHEMA_INSTANCE}}}")]


class _Builder:
    def __init__(self) -> None:
        self.root: Element | None = None
        self._open: list[Element] = []
        self._texts: list[list[str]] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._open) >= _DEEPEST:
            raise UnreadableError("Client", "the message is nested too deeply")
        made = Element(_clark(name), {_clark(key): value for key, value in attributes.items()})
        if self._open:
            self._open[-1].children.append(made)
        else:
            self.root = made
        self._open.append(made)
        self._texts.append([])

    def end(self, _name: str) -> None:
        self._open.pop().text = "".join(self._texts.pop())

    def characters(self, text: str) -> None:
        self._texts[-1].append(text)

    def refuse(self, *_what: object) -> None:
        raise UnreadableError("Client", "a document type or a processing instruction is not allowed")


def _clark(name: str) -> str:
    namespace, space, local = name.rpartition(" ")
    return f"{{{namespace}}}{local}" if space else local


def _tree(octets: bytes) -> Element:
    builder = _Builder()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.characters
    parser.StartDoctypeDeclHandler = builder.refuse
    parser.ProcessingInstructionHandler = builder.refuse
    try:
        parser.Parse(octets, True)
    except (expat.ExpatError, UnicodeError, ValueError) as error:
        raise UnreadableError("Client", f"the message is not well-formed: {error}") from error
    if builder.root is None:
        raise UnreadableError("Client", "the message is empty")
    return builder.root


def read(octets: bytes) -> Element:
    """The one element in the body."""
    envelope = _tree(octets)
    if envelope.local == "Envelope" and envelope.name != f"{{{ENVELOPE}}}Envelope":
        raise UnreadableError("VersionMismatch", "the envelope must be one of SOAP 1.1")
    parts = [child.name for child in envelope.children]
    body = f"{{{ENVELOPE}}}Body"
    header = f"{{{ENVELOPE}}}Header"
    if envelope.name != f"{{{ENVELOPE}}}Envelope" or parts not in ([body], [header, body]):
        raise UnreadableError("Client", "the message is no SOAP 1.1 envelope with one body")
    if len(parts) == 2:
        for block in envelope.children[0].children:
            if block.attributes.get(f"{{{ENVELOPE}}}mustUnderstand") == "1":
                raise UnreadableError("MustUnderstand", f"the header {block.local} is not understood")
    inside = envelope.children[-1].children
    if len(inside) != 1:
        raise UnreadableError("Client", "the body must hold one element")
    return inside[0]


def escape(text: str) -> str:
    """For text alone; we write no value into an attribute. What XML cannot hold becomes U+FFFD."""
    held = "".join(
        letter if (letter >= " " and letter not in "\ufffe\uffff") or letter in "\t\n" else "\ufffd" for letter in text
    )
    return held.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _element(name: str, value: object) -> str:
    text = ("true" if value else "false") if isinstance(value, bool) else str(value)
    return f"<{name}>{escape(text)}</{name}>"


def _envelope(inside: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<soap:Envelope xmlns:soap="{ENVELOPE}"><soap:Body>{inside}</soap:Body></soap:Envelope>'
    ).encode()


def answer(operation: str, fields: dict[str, object]) -> bytes:
    inside = "".join(_element(name, value) for name, value in fields.items())
    result = f"<{operation}Result>{inside}</{operation}Result>"
    return _envelope(f'<{operation}Response xmlns="{NAMESPACE}">{result}</{operation}Response>')


def fault(error: UnreadableError) -> bytes:
    # faultcode and faultstring have no namespace in SOAP 1.1.
    return _envelope(
        f"<soap:Fault><faultcode>soap:{error.code}</faultcode>{_element('faultstring', error.text)}</soap:Fault>"
    )
