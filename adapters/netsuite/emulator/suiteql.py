"""The few SuiteQL queries that the sandbox answers; any other is refused, so that nobody trusts a wrong result."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.netsuite.emulator.account import Chart, Periods
from adapters.netsuite.emulator.errors import Refused, invalid_content
from adapters.netsuite.emulator.fields import ENTITY, ITEM, SHAPES, TRANSACTION
from adapters.netsuite.emulator.ledger import Ledger
from adapters.netsuite.emulator.store import Store

QUERY = re.compile(
    r"\s*SELECT\s+(?P<columns>\w+(?:\s*,\s*\w+)*)\s+FROM\s+(?P<table>\w+)"
    r"(?:\s+WHERE\s+externalid\s+IN\s*\(\s*(?P<places>\?(?:\s*,\s*\?)*)\s*\))?\s*",
    re.IGNORECASE | re.ASCII,
)
OPEN_PERIODS = (
    "SELECT TO_CHAR(startdate, 'YYYY-MM-DD') AS startdate, TO_CHAR(enddate, 'YYYY-MM-DD') AS enddate FROM accountingperiod "
    "WHERE isquarter = 'F' AND isyear = 'F' AND closed = 'F' AND alllocked = 'F' ORDER BY startdate"
)
MATCH = re.compile(
    r"SELECT id, externalid, (?P<name>\w+) AS name FROM (?P<table>customer|item|transaction) WHERE (?P<type>type = 'CustInvc' AND )?"
    r"LOWER\(TRIM\((?P<field>\w+)\)\) = '(?P<value>(?:[^']|'')*)' ORDER BY id"
)
BALANCE = re.compile(
    r"SELECT t\.currency AS currency, SUM\(tl\.foreignamount\) AS amount FROM transactionline tl "
    r"JOIN transactionaccountingline tal ON tal\.transaction = tl\.transaction AND tal\.transactionline = tl\.id "
    r"JOIN transaction t ON t\.id = tl\.transaction WHERE tal\.account = (?P<account>\d+) AND tal\.posting = 'T' GROUP BY t\.currency"
)
ITEM_BY_ID = re.compile(r"SELECT id FROM item WHERE id = (?P<id>\d+)")
KEYED = {"transaction": TRANSACTION, "customer": ENTITY, "item": ITEM}
# NetSuite's codes of the types, and in which column they stand.
CODES = {
    "invoice": "CustInvc",
    "customerPayment": "CustPymt",
    "cashSale": "CashSale",
    "cashRefund": "CashRfnd",
    "customerDeposit": "CustDep",
    "depositApplication": "DepAppl",
    "creditMemo": "CustCred",
    "customerRefund": "CustRfnd",
    "deposit": "Deposit",
    "journalEntry": "Journal",
    "serviceSaleItem": "Service",
    "discountItem": "Discount",
}
TYPE_COLUMN = {"transaction": ("type",), "item": ("itemtype",), "customer": ()}
Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SuiteQL:
    """Answers queries on the account's set-up and on records by externalId. Every value is a string, every column lower case."""

    chart: Chart
    store: Store
    periods: Periods
    ledger: Ledger

    def rows(self, body: Mapping[str, Any]) -> Sequence[Row]:
        """The rows of `{"q": ..., "params": [...]}`; Refused when the query is not one of those known."""
        query, params = body.get("q"), body.get("params", [])
        if not isinstance(query, str) or not isinstance(params, list) or not all(isinstance(value, str) for value in params):
            raise invalid_content('The body must be {"q": "...", "params": ["..."]}.')
        if " ".join(query.split()) == OPEN_PERIODS:
            return tuple({"startdate": start.isoformat(), "enddate": end.isoformat()} for start, end in self.periods.open_months())
        if found := MATCH.fullmatch(query):
            return self._matches(found)
        if found := BALANCE.fullmatch(query):
            return self._balance(found["account"])
        if found := ITEM_BY_ID.fullmatch(query):
            return tuple({"id": one.id} for one in (self.store.get(ITEM, found["id"]),) if one)
        match = QUERY.fullmatch(query)
        if match is None:
            raise _unknown("it is none of those this sandbox knows")
        columns = tuple(column.strip().lower() for column in match["columns"].split(","))
        places = (match["places"] or "").count("?")
        if places != len(params):
            raise _unknown(f"{places} placeholders and {len(params)} params")
        return self._answer(match["table"].lower(), columns, params)

    def _answer(self, table: str, columns: tuple[str, ...], params: Sequence[str]) -> Sequence[Row]:
        if table in KEYED and params and columns in (("id", "externalid"), ("id", "externalid", *TYPE_COLUMN[table])):
            return self._by_external_id(table, columns, params)
        set_up: Mapping[tuple[str, tuple[str, ...]], Callable[[], Iterable[Row]]] = {
            ("currency", ("id", "symbol")): self._currencies,
            ("account", ("id", "acctnumber", "fullname", "accttype")): self._accounts,
        }
        if self.chart.is_one_world:
            set_up = {**set_up, ("subsidiary", ("id", "name")): self._subsidiaries}
        answer = set_up.get((table, columns))
        if answer is None or params:
            raise _unknown(f"{', '.join(columns)} of {table}")
        return tuple(answer())

    def _balance(self, account: str) -> Sequence[Row]:
        """A row for each currency that was ever posted to the account."""
        ids = {currency.symbol: currency.id for currency in self.chart.currencies.values()}
        lines = [line for line in self.ledger.trial_balance(self.chart) if line.account == account]
        return tuple({"currency": ids[line.currency], "amount": str(line.debit - line.credit)} for line in lines)

    def _matches(self, found: re.Match[str]) -> Sequence[Row]:
        """SuiteQL leaves a column without a value out of the row."""
        shapes = [
            shape for shape in SHAPES.values() if shape.group == KEYED[found["table"]] and (shape.type == "invoice" or not found["type"])
        ]
        names = {name.lower(): name for shape in shapes for name in shape.properties}
        field, wanted = names.get(found["field"], found["field"]), found["value"].replace("''", "'")
        records = (record for shape in shapes for record in self.store.of_type(shape.type))
        hits = sorted(
            (each for each in records if str(each.fields.get(field, "")).strip().lower() == wanted), key=lambda each: int(each.id)
        )
        name = names.get(found["name"], found["name"])
        rows = ({"id": hit.id, "externalid": hit.external_id, "name": str(hit.fields.get(name, ""))} for hit in hits)
        return tuple({column: value for column, value in row.items() if value} for row in rows)

    def _currencies(self) -> Iterable[Row]:
        return ({"id": currency.id, "symbol": currency.symbol} for currency in self.chart.currencies.values())

    def _accounts(self) -> Iterable[Row]:
        for account in self.chart.accounts.values():
            yield {"id": account.id, "acctnumber": account.number, "fullname": account.name, "accttype": account.type}

    def _subsidiaries(self) -> Iterable[Row]:
        return ({"id": one.id, "name": one.name} for one in self.chart.subsidiaries.values())

    def _by_external_id(self, table: str, columns: tuple[str, ...], external_ids: Sequence[str]) -> Sequence[Row]:
        found = (self.store.by_external_id(KEYED[table], external_id) for external_id in dict.fromkeys(external_ids))
        records = {record.id: record for record in found if record is not None}
        rows = ((one.id, one.external_id, CODES.get(one.type, "")) for one in (records[each] for each in sorted(records, key=int)))
        return tuple(dict(zip(columns, row, strict=False)) for row in rows)


def _unknown(why: str) -> Refused:
    return Refused(f"Invalid search query. Detailed unprocessed description follows. Search error occurred: {why}.", "INVALID_PARAMETER")
