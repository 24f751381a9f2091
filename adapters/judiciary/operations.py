"""Names of the operations, which every contract of ours has."""

from __future__ import annotations

from typing import Final

from gateway.judiciary.courier import Operation

INQUIRE_ACCOUNTS: Final = "InquireAccounts"
FETCH_RECEIPTS: Final = Operation.FETCH_RECEIPTS.value
LOGIN: Final = "Login"
"""Operation of some contracts of others; ours have none."""
CONFIRM_RECEIPTS: Final = "ConfirmReceipts"
OPERATIONS: Final = (
    Operation.SUBMIT.value,
    Operation.INQUIRE_STATUS.value,
    FETCH_RECEIPTS,
    INQUIRE_ACCOUNTS,
    CONFIRM_RECEIPTS,
)
