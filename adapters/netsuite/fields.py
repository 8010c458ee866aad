"""What of NetSuite's shapes cannot be derived from a record's own fields: sublists, how their lines are told apart, what is not ours to compare."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.records import RecordType

RECORDS = "/services/rest/record/v1"
SUITEQL = "/services/rest/query/v1/suiteql"
# An unknown field would else be dropped with a warning nobody reads (Oracle help, section_156570709583).
STRICT = {"X-NetSuite-PropertyNameValidation": "Error"}
# The price level "Custom": without it NetSuite takes the rate of the item's price list (Oracle help, section_N3658677).
CUSTOM_PRICE = "-1"


@dataclass(frozen=True, slots=True)
class Sublist:
    """The lines of a record. `key` tells them apart ("" = by their order); `chosen` is the flag without which a line is only on offer.

    NetSuite opens a record in edit mode to show it (Oracle help, subsect_1544786455), so what could be applied stands beside what is."""

    key: str = ""
    chosen: str = ""
    owned_when_empty: bool = True


_ORDERED = Sublist()
_TAXES = Sublist(owned_when_empty=False)
_APPLY = Sublist(key="doc", chosen="apply")

# By record type and NetSuite's name of the sublist; all are replaced whole, since lines without a key would else be appended
# (Oracle help, section_1545295601). An address book is a user's as much as ours: an empty one of ours says nothing.
SUBLISTS: Mapping[RecordType, Mapping[str, Sublist]] = {
    RecordType.CUSTOMER: {"addressBook": Sublist(owned_when_empty=False)},
    RecordType.SERVICE_SALE_ITEM: {},
    RecordType.DISCOUNT_ITEM: {},
    RecordType.INVOICE: {"item": _ORDERED, "taxDetails": _TAXES},
    RecordType.CUSTOMER_PAYMENT: {"apply": _APPLY},
    RecordType.CASH_SALE: {"item": _ORDERED},
    RecordType.CASH_REFUND: {"item": _ORDERED},
    RecordType.CUSTOMER_DEPOSIT: {},
    RecordType.CREDIT_MEMO: {"item": _ORDERED, "apply": _APPLY, "taxDetails": _TAXES},
    RecordType.CUSTOMER_REFUND: {"apply": _APPLY, "deposit": _APPLY},
    RecordType.DEPOSIT: {"payment": Sublist(key="id", chosen="deposit"), "other": _ORDERED, "cashback": _ORDERED},
    RecordType.JOURNAL_ENTRY: {"line": _ORDERED},
}

# Sublists that NetSuite takes with a new record and never after, showing what was given elsewhere: customer deposits that a refund gives
# back, as deposit applications in `apply` (Oracle help, article_0830082954). A record that has such lines is compared and changed without both.
GIVEN_ONCE: Mapping[RecordType, tuple[str, str]] = {RecordType.CUSTOMER_REFUND: ("deposit", "apply")}

# Records of which NetSuite keeps several subsidiaries: the field is a collection there.
MANY_SUBSIDIARIES = frozenset({RecordType.SERVICE_SALE_ITEM, RecordType.DISCOUNT_ITEM})

# With its own idea of what to apply NetSuite refuses our apply lines (INVALID_AUTOAPPLY_VALUE). A refund has no such field.
AUTO_APPLY = frozenset({RecordType.CUSTOMER_PAYMENT, RecordType.CREDIT_MEMO})

# Sent, but no state of the record: its identity, and words that only direct how a write is done.
NOT_COMPARED = frozenset({"externalId", "autoApply", "price"})
