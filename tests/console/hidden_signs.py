"""Signs that no screen shows, and a mapping that has one in every kind of text."""

from __future__ import annotations

from adapters.shipped.resources import CASE_MAPPING

SHIPPED = CASE_MAPPING.read_text(encoding="utf-8")
SIGNS = {
    "half-space": "\u200c",
    "joiner": "\u200d",
    "left-to-right": "\u200e",
    "right-to-left": "\u200f",
    "override": "\u202e",
    "isolate": "\u2066",
    "no-break": "\u00a0",
    "byte-order": "\ufeff",
    "line-separator": "\u2028",
    "next-line": "\u0085",
    "soft-hyphen": "\u00ad",
    "tab": "\t",
    "line": "\n",
    "lines": "\r\n",
    "return": "\r",
    "blank-lines": "\n\n",
}


def escaped(sign: str) -> str:
    """Return signs as escapes of TOML."""
    return "".join(f"\\u{ord(each):04X}" for each in sign)


def mapping_with(sign: str, name: str = "") -> str:
    """Return a mapping that has a sign in every kind of text, and ``name`` in the name of a table."""
    lines = {
        "a": [f'value = "شماره{sign}1404/12"'],
        "b": [f'value = "{sign}شماره{sign}"'],
        "c": [f'value = ["شماره{sign}1404", "b"]', 'do = ["join"]'],
        "d": ['from = "district"', f'default = "منطقه{sign}"'],
        "e": ['from = "district"', 'title = "منطقه شهر"'],
        "f": ['from = "district"', f'when = {{ from = "recipient_kind", is = "حقیقی{sign}" }}'],
        "g": [f"expression = \"join('{sign} ', [kind, subject])\""],
        "h": ['from = "district"', f'do = [{{ name = "prefix", text = "{sign}ماده: " }}]'],
        "i": ['from = "district"', f'do = ["trim", {{ name = "lookup", table = "q{name} " }}]'],
        "j": ['from = "district"', 'do = [{ name = "lookup", table = "simple" }]'],
        "k": ['from = "district"', 'do = [{ name = "lookup", table = "whole" }]'],
    }
    fields = [["[[field]]", f'target = "extra.{name}"', *each, ""] for name, each in lines.items()]
    tables = [
        f'[tables."q{name} "]\nunknown = "nothing"\n[tables."q{name} ".entries]\n"a{sign}b" = "x{sign}y"\n"c" = "z"\n',
        f'[tables.simple]\nunknown = {{ value = "x{sign}y" }}\n[tables.simple.entries]\n"a{sign}b" = "x"\n',
        f'[tables.whole]\nunknown = "nothing"\n[tables.whole.entries]\n"a = b" = "x{sign}y"\n',
    ]
    header = 'title = "نمای پرونده‌ها"'
    assert header in SHIPPED
    began = SHIPPED.replace(header, 'title = " نمای پرونده‌ها "')  # titles hold no sign but the half-space
    return "\n".join([began, *("\n".join(each) for each in fields), *tables])
