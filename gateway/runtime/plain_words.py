"""Plain words for exceptions of Python and its libraries: people never see the name of a class."""

from __future__ import annotations

import re
from typing import Final

from gateway.runtime.bilingual import Words

_OF_SYSTEM: Final = Words(en="{text}", fa="به گفته سیستم‌عامل: \u2066{text}\u2069")
_UNFORESEEN: Final = Words(en="unforeseen: {name}", fa="خطای پیش‌بینی‌نشده: \u2066{name}\u2069")
_NAMELESS: Final = Words(en="unforeseen", fa="خطای پیش‌بینی‌نشده")
_WORDS: Final = {
    "FileNotFoundError": Words("there is no such file or folder", "چنین فایل یا پوشه‌ای نیست"),
    "FileExistsError": Words("it exists already", "از پیش وجود دارد"),
    "PermissionError": Words("this account may not do that with it", "این حساب اجازه این کار را ندارد"),
    "IsADirectoryError": Words("it is a folder, and a file is wanted", "پوشه است و باید فایل باشد"),
    "NotADirectoryError": Words("a folder in its path is no folder", "یکی از پوشه‌های مسیر آن پوشه نیست"),
    "UnicodeDecodeError": Words("it is not encoded in UTF-8", "با رمزگذاری UTF-8 نوشته نشده است"),
    "UnicodeEncodeError": Words("it has signs that cannot be written here", "نویسه‌هایی دارد که اینجا قابل نوشتن نیست"),
    "ConnectionRefusedError": Words(
        "the connection was refused: nothing listens there", "اتصال پذیرفته نشد: در آن نشانی سرویسی در حال اجرا نیست"
    ),
    "ConnectionResetError": Words("the other side broke the connection", "طرف مقابل اتصال را قطع کرد"),
    "BrokenPipeError": Words("the other side broke the connection", "طرف مقابل اتصال را قطع کرد"),
    "NewConnectionError": Words(
        "no connection could be made: nothing listens there, or no way leads there",
        "اتصال برقرار نشد: سرویسی در آن نشانی نیست یا راهی به آن وجود ندارد",
    ),
    "NameResolutionError": Words("no address is known by this name", "برای این نام نشانی شناخته‌شده‌ای نیست"),
    "gaierror": Words("no address is known by this name", "برای این نام نشانی شناخته‌شده‌ای نیست"),
    "ConnectTimeout": Words("no connection in time", "اتصال در زمان مقرر برقرار نشد"),
    "ConnectTimeoutError": Words("no connection in time", "اتصال در زمان مقرر برقرار نشد"),
    "ReadTimeout": Words("no answer in time", "پاسخی در زمان مقرر نرسید"),
    "ReadTimeoutError": Words("no answer in time", "پاسخی در زمان مقرر نرسید"),
    "TimeoutError": Words("no answer in time", "پاسخی در زمان مقرر نرسید"),
    "ProtocolError": Words("the connection broke", "اتصال قطع شد"),
    "RemoteDisconnected": Words(
        "the other side ended the connection without an answer", "طرف مقابل بدون پاسخ اتصال را پایان داد"
    ),
    "IncompleteRead": Words("the answer is cut off", "پاسخ ناقص است"),
    "SSLError": Words("no secure connection (TLS) came about", "اتصال امن (TLS) برقرار نشد"),
    "SSLCertVerificationError": Words("the server's certificate is not trusted", "گواهی سرویس‌دهنده مورد اعتماد نیست"),
    "BadZipFile": Words("it is no ZIP file, or a damaged one", "فایل ZIP نیست یا آسیب دیده است"),
    "LargeZipFile": Words("it is larger than a ZIP file may be here", "از اندازه مجاز فایل ZIP بزرگ‌تر است"),
    "JSONDecodeError": Words("it is no JSON", "در قالب JSON نیست"),
    "TOMLDecodeError": Words("it is no TOML", "در قالب TOML نیست"),
    "XMLSyntaxError": Words("it is no well-formed XML", "XML درست‌ساختی نیست"),
    "UnsupportedAlgorithm": Words("its algorithm is not supported", "الگوریتم آن پشتیبانی نمی‌شود"),
    "InvalidSignature": Words("its signature is wrong", "امضای آن نادرست است"),
    "RecursionError": Words("it is nested too deeply", "سطح‌های تودرتوی آن بیش از حد است"),
    "MemoryError": Words("it needs more memory than there is", "حافظه کافی برای آن نیست"),
    "OverflowError": Words("a number in it is too large", "عددی در آن بیش از حد بزرگ است"),
    "KeyError": Words("a part that is wanted is missing", "بخشی که لازم است در آن نیست"),
    "IndexError": Words("a part that is wanted is missing", "بخشی که لازم است در آن نیست"),
    "TypeError": Words(
        "a part of it is of another kind than is wanted", "نوع بخشی از آن با آنچه لازم است مطابقت ندارد"
    ),
    "ValueError": Words("it has not the form that is wanted", "در قالبی که لازم است نیست"),
    "AttributeError": Words("a part that is wanted is missing", "بخشی که لازم است در آن نیست"),
    "NotImplementedError": Words("it asks for something that is not supported", "چیزی می‌خواهد که پشتیبانی نمی‌شود"),
    "IntegrityError": Words("it breaks a rule of its table", "با یکی از قواعد جدول خود مغایرت دارد"),
    "DataError": Words("a value does not fit into its column", "مقداری از آن در ستون خود قابل درج نیست"),
    "EOFError": Words("it ends too early", "پیش از پایان قطع شده است"),
}
_ENDING = re.compile(r"(?:Error|Exception|Warning|Fault)$")
_BEFORE_A_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def words_of(error: BaseException | None) -> str:
    """Return the meaning of an exception in English, as `told` does."""
    return told(error).en


def told(error: BaseException | None) -> Words:
    """Return the meaning of an exception, without its own text, which may quote data.

    Base classes are searched as well. The system's words for an error of files or networks precede a general meaning.
    """
    for kind in type(error).__mro__[:-2]:
        if kind is OSError:
            break
        if (known := exception_name(kind)) in _WORDS:
            return _WORDS[known]
    if isinstance(error, OSError) and error.strerror:
        text = error.strerror[0].lower() + error.strerror[1:]
        return _OF_SYSTEM.filled(text=text)
    name = _ENDING.sub("", exception_name(type(error)))
    return _UNFORESEEN.filled(name=_BEFORE_A_CAPITAL.sub(" ", name).lower()) if name else _NAMELESS


def exception_name(kind: type[BaseException | None]) -> str:
    """Return an exception's name for logs and messages: the class's own name, or ``literal_name`` of our classes.

    The literal lets a class be renamed without any change outside the process.
    """
    name: str = vars(kind).get("literal_name", kind.__name__)
    return name
