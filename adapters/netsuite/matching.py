"""SuiteQL that finds records by what a person would know them by; only of checked fields, with the value as a literal."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from adapters.netsuite.codec import one_line
from core.ports import may_match
from core.records import RecordType

# Table, column of the name, further condition; by the type of record that is looked for.
TABLES: Mapping[RecordType, tuple[str, str, str]] = MappingProxyType(
    {
        RecordType.CUSTOMER: ("customer", "entityid", ""),
        RecordType.SERVICE_SALE_ITEM: ("item", "itemid", ""),
        RecordType.INVOICE: ("transaction", "tranid", "type = 'CustInvc' AND "),
    }
)
ITEM_TYPES = ("serviceSaleItem", "serviceResaleItem", "nonInventorySaleItem", "nonInventoryResaleItem", "discountItem")
ITEM_BY_ID = "SELECT id FROM item WHERE id = {id}"


def by_field(record: RecordType, field: str, value: str) -> str:
    """Case and outer blanks aside, the whole value. ValueError for a field that is not to be searched: its name goes into the query."""
    if record not in TABLES or not may_match(record, field):
        raise ValueError(f"{record} is not to be found by {field}")
    table, name, condition = TABLES[record]
    literal = one_line(value).lower().replace("'", "''")
    where = f"{condition}LOWER(TRIM({field})) = '{literal}'"
    return f"SELECT id, externalid, {name} AS name FROM {table} WHERE {where} ORDER BY id"  # noqa: S608 - a checked field, a quoted value
