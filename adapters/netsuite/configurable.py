"""Which fields of NetSuite's records the settings may fill, and what each takes (REST API Browser 2026.1); custom fields by their prefix."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from core.choices import Form
from core.records import RecordType

_CLASSES = "class:reference department:reference location:reference"
_TRANSACTION = f"{_CLASSES} customForm:reference memo"
_SALE = (
    "otherRefNum message messageSel:reference terms:reference salesRep:reference partner:reference leadSource:reference startDate:date endDate:date "
    "shipDate:date shipMethod:reference job:reference email toBeEmailed:boolean toBePrinted:boolean"
)
_ITEM = (
    f"{_CLASSES} customForm:reference displayName includeChildren:boolean taxSchedule:reference upcCode isTaxable:boolean parent:reference"
)


def _forms(text: str) -> Mapping[str, Form]:
    split = (word.partition(":") for word in text.split())
    return MappingProxyType({name: form or "text" for name, _, form in split})  # type: ignore[misc]


FIELDS: Mapping[RecordType, Mapping[str, Form]] = MappingProxyType(
    {
        RecordType.CUSTOMER: _forms(
            "entityId email altEmail phone altPhone mobilePhone fax url comments customForm:reference category:reference parent:reference "
            "terms:reference priceLevel:reference receivablesAccount:reference taxable:boolean taxItem:reference resaleNumber vatRegNumber "
            "entityStatus:reference accountNumber salesRep:reference territory:reference leadSource:reference creditLimit:number title"
        ),
        RecordType.SERVICE_SALE_ITEM: _forms(f"{_ITEM} salesDescription deferredRevenueAccount:reference revenueRecognitionRule:reference"),
        RecordType.DISCOUNT_ITEM: _forms(
            f"{_CLASSES} customForm:reference displayName includeChildren:boolean account:reference isPreTax:boolean"
        ),
        RecordType.INVOICE: _forms(f"{_TRANSACTION} {_SALE} dueDate:date"),
        RecordType.CREDIT_MEMO: _forms(f"{_TRANSACTION} {_SALE}"),
        RecordType.CUSTOMER_PAYMENT: _forms(f"{_TRANSACTION} checkNumber paymentOption:reference toBeEmailed:boolean"),
        RecordType.CASH_SALE: _forms(f"{_TRANSACTION} {_SALE} checkNumber paymentOption:reference"),
        RecordType.CASH_REFUND: _forms(f"{_TRANSACTION} {_SALE} paymentOption:reference"),
        RecordType.CUSTOMER_DEPOSIT: _forms(f"{_TRANSACTION} checkNumber paymentOption:reference toBeEmailed:boolean"),
        RecordType.CUSTOMER_REFUND: _forms(f"{_TRANSACTION} checkNumber paymentOption:reference toBePrinted:boolean"),
        RecordType.DEPOSIT: _forms(_TRANSACTION),
        RecordType.JOURNAL_ENTRY: _forms(f"{_TRANSACTION} reversalDate:date reversalDefer:boolean"),
    }
)
# What SOAP has no element for (the XSDs of 2025_2).
ONLY_IN_REST: Mapping[RecordType, frozenset[str]] = MappingProxyType(
    {
        RecordType.CREDIT_MEMO: frozenset({"terms", "startDate", "endDate", "shipDate"}),
        RecordType.CUSTOMER_PAYMENT: frozenset({"toBeEmailed"}),
        RecordType.CASH_SALE: frozenset({"terms"}),
        RecordType.CASH_REFUND: frozenset({"terms", "startDate", "endDate", "shipDate"}),
        RecordType.CUSTOMER_DEPOSIT: frozenset({"toBeEmailed"}),
    }
)
LINE_FIELDS = _forms(
    f"{_CLASSES} description job:reference taxCode:reference isTaxable:boolean units:reference revRecStartDate:date revRecEndDate:date"
)
WITH_LINES = frozenset({RecordType.INVOICE, RecordType.CREDIT_MEMO, RecordType.CASH_SALE, RecordType.CASH_REFUND})
CUSTOM_PREFIX: Mapping[RecordType, str] = MappingProxyType(
    {RecordType.CUSTOMER: "custentity", RecordType.SERVICE_SALE_ITEM: "custitem", RecordType.DISCOUNT_ITEM: "custitem"}
)


def is_custom(record: RecordType, field: str, *, on_lines: bool) -> bool:
    """Whether it is named as an account's own field of such a record, or of its lines, is."""
    prefix = "custcol" if on_lines else CUSTOM_PREFIX.get(record, "custbody")
    return field.startswith(prefix) and len(field) > len(prefix) and field.isascii() and field.replace("_", "").isalnum()


def form_of(record: RecordType, field: str, *, on_lines: bool) -> Form | None:
    """What a field of NetSuite's takes; None for one that the settings may not fill."""
    return (LINE_FIELDS if on_lines else FIELDS[record]).get(field)
