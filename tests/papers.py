"""Small papers: PDF files that every reader opens."""

from __future__ import annotations

import io


def pdf(*objects: bytes, catalog: bytes = b"", trailer: bytes = b"", filler: bytes = b"") -> bytes:
    """Return a PDF with one empty page. ``objects`` are numbered from 4; ``catalog`` and ``trailer`` are entries of
    those dictionaries; ``filler`` stands in a stream that no page shows."""
    out, places = io.BytesIO(), []
    out.write(b"%PDF-1.7\n")
    stream = b"<</Length %d>>stream\n%s\nendstream" % (len(filler), filler) if filler else b""
    bodies = [
        b"<</Type/Catalog/Pages 2 0 R%s>>" % catalog,
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>",
        *objects,
        *([stream] if stream else []),
    ]
    for number, body in enumerate(bodies, start=1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    table = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1))
    out.writelines(b"%010d 00000 n \n" % place for place in places)
    out.write(b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (len(places) + 1, trailer, table))
    return out.getvalue()


PDF = pdf()
