"""The contract's elements (schemas/judiciary/eblagh-1) as spyne models; a test compares them with the published WSDL.

The endpoint checks messages against the schema itself. Here ``xs:any`` is `AnyXml`: with spyne's own ``any`` a handler
gets nothing.
"""

from adapters.crypto.keys.names import JUDICIARY
from adapters.soap.spyne_six import AnyXml, Boolean, ComplexModel, Integer, Unicode

_MOST = 500
"""Most elements in one call, by the contract."""

_Name = Unicode(min_occurs=1, nillable=False)
_Optional = Unicode(min_occurs=0)
_Sealed = AnyXml(min_occurs=1, nillable=False)
_Number = Integer(min_occurs=1, nillable=False)
_Truth = Boolean(min_occurs=1, nillable=False)


class _Element(ComplexModel):  # type: ignore[misc]
    __namespace__ = JUDICIARY


class Person(_Element):
    Kind = _Name
    Identifier = _Name


class InquireAccounts(_Element):
    Person = Person.customize(min_occurs=1, max_occurs=_MOST)


class Account(_Element):
    Identifier = _Name
    Active = _Truth


class InquireAccountsResponse(_Element):
    Account = Account.customize(min_occurs=1, max_occurs=_MOST)


class Submission(_Element):
    Reference = _Name
    SealedNotice = _Sealed


class SubmitNotices(_Element):
    Submission = Submission.customize(min_occurs=1, max_occurs=_MOST)


class Result(_Element):
    Reference = _Optional
    TrackingNumber = _Optional
    Status = _Name
    Code = _Optional
    Text = _Optional
    RetryAfterSeconds = Integer(min_occurs=0)


class SubmitNoticesResponse(_Element):
    Result = Result.customize(min_occurs=0, max_occurs=_MOST)


class Inquiry(_Element):
    Reference = _Optional
    TrackingNumber = _Optional


class InquireStatus(_Element):
    Inquiry = Inquiry.customize(min_occurs=1, max_occurs=_MOST)


class InquireStatusResponse(_Element):
    Result = Result.customize(min_occurs=0, max_occurs=_MOST)


class FetchReceipts(_Element):
    Cursor = Unicode(min_occurs=1, nillable=False, max_len=100)
    Limit = _Number


class Item(_Element):
    ReceiptId = _Name
    SignedReceipt = _Sealed


class FetchReceiptsResponse(_Element):
    Item = Item.customize(min_occurs=0, max_occurs=_MOST)
    NextCursor = Unicode(min_occurs=1, nillable=False, max_len=100)
    More = _Truth


class ConfirmReceipts(_Element):
    ReceiptId = Unicode(min_occurs=1, max_occurs=_MOST, nillable=False)


class ConfirmReceiptsResponse(_Element):
    Confirmed = _Number
