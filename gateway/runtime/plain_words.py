"""Plain words for exceptions of Python and its libraries: people never see the name of a class."""

from __future__ import annotations

import re

_WORDS = {
    "FileNotFoundError": "there is no such file or folder",
    "FileExistsError": "it exists already",
    "PermissionError": "this account may not do that with it",
    "IsADirectoryError": "it is a folder, and a file is wanted",
    "NotADirectoryError": "a folder in its path is no folder",
    "UnicodeDecodeError": "it is not encoded in UTF-8",
    "UnicodeEncodeError": "it has signs that cannot be written here",
    "ConnectionRefusedError": "the connection was refused: nothing listens there",
    "ConnectionResetError": "the other side broke the connection",
    "BrokenPipeError": "the other side broke the connection",
    "NewConnectionError": "no connection could be made: nothing listens there, or no way leads there",
    "NameResolutionError": "no address is known by this name",
    "gaierror": "no address is known by this name",
    "ConnectTimeout": "no connection in time",
    "ConnectTimeoutError": "no connection in time",
    "ReadTimeout": "no answer in time",
    "ReadTimeoutError": "no answer in time",
    "TimeoutError": "no answer in time",
    "ProtocolError": "the connection broke",
    "RemoteDisconnected": "the other side ended the connection without an answer",
    "IncompleteRead": "the answer is cut off",
    "SSLError": "no secure connection (TLS) came about",
    "SSLCertVerificationError": "the server's certificate is not trusted",
    "BadZipFile": "it is no ZIP file, or a damaged one",
    "LargeZipFile": "it is larger than a ZIP file may be here",
    "JSONDecodeError": "it is no JSON",
    "TOMLDecodeError": "it is no TOML",
    "XMLSyntaxError": "it is no well-formed XML",
    "UnsupportedAlgorithm": "its algorithm is not supported",
    "InvalidSignature": "its signature is wrong",
    "RecursionError": "it is nested too deeply",
    "MemoryError": "it needs more memory than there is",
    "OverflowError": "a number in it is too large",
    "KeyError": "a part that is wanted is missing",
    "IndexError": "a part that is wanted is missing",
    "TypeError": "a part of it is of another kind than is wanted",
    "ValueError": "it has not the form that is wanted",
    "AttributeError": "a part that is wanted is missing",
    "NotImplementedError": "it asks for something that is not supported",
    "IntegrityError": "it breaks a rule of its table",
    "DataError": "a value does not fit into its column",
    "EOFError": "it ends too early",
}
_ENDING = re.compile(r"(?:Error|Exception|Warning|Fault)$")
_BEFORE_A_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def words_of(error: BaseException | None) -> str:
    """Return the meaning of an exception, without its own text, which may quote data.

    Base classes are searched as well. The system's words for an error of files or networks precede a general meaning.
    """
    for kind in type(error).__mro__[:-2]:
        if kind is OSError:
            break
        if (known := exception_name(kind)) in _WORDS:
            return _WORDS[known]
    if isinstance(error, OSError) and error.strerror:
        return error.strerror[0].lower() + error.strerror[1:]
    name = _ENDING.sub("", exception_name(type(error)))
    return f"unforeseen: {_BEFORE_A_CAPITAL.sub(' ', name).lower()}" if name else "unforeseen"


def exception_name(kind: type[BaseException | None]) -> str:
    """Return an exception's name for logs and messages: the class's own name, or ``literal_name`` of our classes.

    The literal lets a class be renamed without any change outside the process.
    """
    name: str = vars(kind).get("literal_name", kind.__name__)
    return name
