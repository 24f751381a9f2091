"""Decoding of TOML files, which are UTF-8 (TOML 1.0) without a byte order mark."""

from __future__ import annotations

_MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16", b"\xef\xbb\xbf": "UTF-8 with a byte order mark"}


class Misencoded(ValueError):
    """The file is not UTF-8 at ``line``, from 1; ``found`` has the defect and the way to save the file."""

    literal_name = "Misencoded"

    def __init__(self, line: int, found: str) -> None:
        super().__init__(found)
        self.line, self.found = line, found


def toml_text(octets: bytes) -> str:
    """Decode a TOML file. Raises `Misencoded`."""
    for mark, encoding in _MARKS.items():
        if octets.startswith(mark):
            raise Misencoded(1, f"the file is saved as {encoding}; save it as UTF-8 without a byte order mark (BOM)")
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError as error:
        line = octets.count(b"\n", 0, error.start) + 1
        told = f"the octet {octets[error.start]:02X} is no UTF-8"
        if _looks_arabic(octets):
            told += "; the file seems to be saved as Windows-1256 (ANSI)"
        raise Misencoded(line, f"{told}; save the file as UTF-8") from error


def _looks_arabic(octets: bytes) -> bool:
    """Return True if most octets above ASCII are Arabic or Persian letters in Windows-1256."""
    above = [octet for octet in octets if octet >= 0x80]
    letters = bytes(above).decode("cp1256", "replace")
    arabic = sum("\u0600" <= letter <= "\u06ff" or letter in "\u200c\u200d" for letter in letters)
    return 2 * arabic > len(letters)
