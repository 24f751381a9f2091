"""The one file that imports spyne. spyne 2.14.0 has a copy of `six` that Python 3.12 and later cannot import from, so
the real `six` takes the copy's name first.

Python 3.11 could import the copy, but the finder that it leaves behind is of a kind that warns at every later import.
So all versions use the same way.
"""

import importlib
import sys
import warnings
from operator import attrgetter

import six

six.get_function_name = attrgetter("__name__")
for _part in ("", ".moves", ".moves.collections_abc"):
    sys.modules[f"spyne.util.six{_part}"] = importlib.import_module(f"six{_part}")

with warnings.catch_warnings():
    # spyne's own: the deprecated `cgi`, invalid escape sequences.
    warnings.simplefilter("ignore")
    from spyne import (
        AnyXml,
        Application,
        Boolean,
        ComplexModel,
        Fault,
        Integer,
        MethodContext,
        ServiceBase,
        Unicode,
        rpc,
    )
    from spyne.protocol.soap import Soap11
    from spyne.server import ServerBase

__all__ = [
    "AnyXml",
    "Application",
    "Boolean",
    "ComplexModel",
    "Fault",
    "Integer",
    "MethodContext",
    "ServerBase",
    "ServiceBase",
    "Soap11",
    "Unicode",
    "rpc",
]
