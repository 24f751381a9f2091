"""The contract's elements (schemas/municipal/push-1) as spyne models; a test compares them with the published schema.

The endpoint checks messages against the schema itself.
"""

from adapters.crypto.keys.names import PUSH
from adapters.soap.spyne_six import Boolean, ComplexModel, Integer, Unicode

_MOST = 500
"""Most elements in one call, by the contract."""

_Text = Unicode(min_occurs=1, nillable=False)
_Optional = Unicode(min_occurs=0)
_Number = Integer(min_occurs=1, nillable=False)
_Truth = Boolean(min_occurs=1, nillable=False)


class _Element(ComplexModel):  # type: ignore[misc]
    __namespace__ = PUSH


class Field(_Element):
    Name = _Text
    Value = _Text


class Document(_Element):
    Name = _Text
    Content = _Optional
    File = _Optional


class Attachment(_Element):
    Name = _Text
    Title = _Optional
    Kind = _Optional
    MediaType = _Optional
    Digest = _Optional
    Content = _Optional
    File = _Optional


class Row(_Element):
    Key = _Text
    Version = _Number
    Field = Field.customize(min_occurs=0, max_occurs=200)
    Document = Document.customize(min_occurs=0, max_occurs=4)
    Attachment = Attachment.customize(min_occurs=0, max_occurs=50)


class PushRows(_Element):
    Row = Row.customize(min_occurs=1, max_occurs=_MOST)


class Taken(_Element):
    Key = _Text
    Version = _Number
    Taking = _Text
    Code = _Optional
    Reason = _Optional


class PushRowsResponse(_Element):
    Taken = Taken.customize(min_occurs=0, max_occurs=_MOST)


class FetchResults(_Element):
    After = _Number
    Limit = _Number


class Result(_Element):
    Key = _Text
    Version = _Number
    Change = _Number
    Reference = _Optional
    State = _Optional
    Seq = Integer(min_occurs=0)
    Code = _Optional
    Reason = _Optional
    TrackingNumber = _Optional
    DeliveredAt = _Optional
    ViewedAt = _Optional
    ServiceDate = _Optional
    Effect = _Optional
    UpdatedAt = _Optional
    Field = Field.customize(min_occurs=0, max_occurs=500)


class FetchResultsResponse(_Element):
    Result = Result.customize(min_occurs=0, max_occurs=_MOST)
    Next = _Number
    More = _Truth
