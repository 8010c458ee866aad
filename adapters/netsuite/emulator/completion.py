"""What NetSuite fills in before it saves a record, and what it asks for when it cannot: defaults, mandatory fields, exact amounts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from adapters.netsuite.emulator.account import Chart, Preferences
from adapters.netsuite.emulator.errors import invalid_reference, invalid_value, missing, no_permission, not_emulated, user_error
from adapters.netsuite.emulator.fields import ENTITY, TRANSACTION, Shape
from adapters.netsuite.emulator.ledger import Ledger
from adapters.netsuite.emulator.rates import Rates, is_rate
from adapters.netsuite.emulator.store import Store
from adapters.netsuite.emulator.taxes import complete_taxes, tax_of

MANDATORY: Mapping[str, Mapping[str, str]] = {
    "serviceSaleItem": {"itemId": "Item Name/Number", "incomeAccount": "Income Account"},
    "discountItem": {"itemId": "Item Name/Number"},
    "invoice": {"entity": "Customer"},
    "creditMemo": {"entity": "Customer"},
    "customerPayment": {"customer": "Customer", "payment": "Payment Amount"},
    "cashSale": {"entity": "Customer"},
    "cashRefund": {"entity": "Customer"},
    "customerDeposit": {"customer": "Customer", "payment": "Payment Amount"},
    "depositApplication": {"customer": "Customer", "deposit": "Deposit"},
    "customerRefund": {"customer": "Customer", "account": "Account"},
    "deposit": {"account": "Account"},
    "journalEntry": {},
}
LINES = {"invoice": "item", "creditMemo": "item", "cashSale": "item", "cashRefund": "item", "journalEntry": "line"}
# Oracle help, section_N3658677; for journal entries it is the limit of synchronous SOAP calls.
MOST_LINES = 5000
MOST_JOURNAL_LINES = 1000
Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Completion:
    """Completes the fields of a record about to be saved; `today` is the date when a transaction has none."""

    chart: Chart
    store: Store
    ledger: Ledger
    rates: Rates
    preferences: Preferences
    today: date

    def complete(self, shape: Shape, internal_id: str, fields: Fields, before: Mapping[str, Any] | None) -> None:
        """Fill `fields` in; Refused when something mandatory is missing or an amount is not exact in its currency."""
        if shape.type == "customer":
            self._customer(internal_id, fields, before)
            return
        for name, label in MANDATORY[shape.type].items():
            if fields.get(name) in (None, ""):
                raise missing(label)
        if shape.group == TRANSACTION:
            self._transaction(shape, internal_id, fields)
            self._exchange_rate(fields, before or {})
            _posting_period(fields, before or {})
            return
        self._item(fields)
        if shape.type == "discountItem" and not fields.get("nonPosting") and "account" not in fields:
            raise missing("Account")

    def _customer(self, internal_id: str, fields: Fields, before: Mapping[str, Any] | None) -> None:
        fields.setdefault("isPerson", "companyName" not in fields and "lastName" in fields)
        wanted = {"firstName": "First Name", "lastName": "Last Name"} if fields["isPerson"] else {"companyName": "Company Name"}
        absent = [label for name, label in wanted.items() if not fields.get(name)]
        if absent:
            raise missing(", ".join(absent))
        given = fields.setdefault("entityId", f"CUST{internal_id}")
        if not self.preferences.entity_id_override and given not in (f"CUST{internal_id}", (before or {}).get("entityId")):
            raise no_permission("entityId")
        if self.chart.is_one_world and "subsidiary" not in fields:
            raise missing("Subsidiary")
        subsidiary = fields.setdefault("subsidiary", {"id": self.chart.subsidiary})["id"]
        currency = fields.setdefault("currency", {"id": self.chart.base_of(subsidiary).id})
        listed = fields.setdefault("currencyList", [])
        if currency not in [line.get("currency") for line in listed]:
            fields["currencyList"] = [{"currency": currency}, *listed]

    def _item(self, fields: Fields) -> None:
        """An item without subsidiaries is the root's and all below it, where there is but one."""
        if not fields.get("subsidiary"):
            if self.chart.is_one_world:
                raise missing("Subsidiary")
            fields["subsidiary"] = [{"id": self.chart.subsidiary}]
        for index, line in enumerate(fields["subsidiary"]):
            if line.get("id") not in self.chart.subsidiaries:
                raise invalid_reference(str(line.get("id")), "subsidiary", f"subsidiary.items[{index}]")

    def _transaction(self, shape: Shape, internal_id: str, fields: Fields) -> None:
        fields.setdefault("tranDate", self.today.isoformat())
        fields.setdefault("tranId", internal_id)
        fields.setdefault("subsidiary", self._subsidiary(fields))
        fields.setdefault("currency", self._currency(fields))
        self._accounts(shape, fields)
        lines = LINES.get(shape.type)
        if lines and not fields.get(lines):
            raise user_error("You must enter at least one line item for this transaction.")
        count, most = sum(len(fields.get(name, ())) for name in shape.sublists), MOST_JOURNAL_LINES if lines == "line" else MOST_LINES
        if count > most:
            raise user_error(f"The transaction has {count} lines. A transaction can have no more than {most} lines.")
        self._exact(shape, fields)
        if lines == "item":
            complete_taxes(self.preferences, fields)
            fields["item"] = [self._item_line(index, line, fields) for index, line in enumerate(fields["item"])]
        if shape.type == "deposit":
            fields["payment"] = [line for line in fields.get("payment", ()) if line.get("deposit", True)]
        if "apply" in shape.sublists:
            self._apply(shape, internal_id, fields)

    def _exchange_rate(self, fields: Fields, before: Mapping[str, Any]) -> None:
        """As given; else of the day, and kept as long as day and currency are the same."""
        day, currency, base = (
            date.fromisoformat(fields["tranDate"]),
            fields["currency"]["id"],
            self.chart.base_of(fields["subsidiary"]["id"]),
        )
        moved = any(before.get(name) != fields[name] for name in ("tranDate", "currency", "subsidiary"))
        if "exchangeRate" not in fields or (moved and fields["exchangeRate"] == before.get("exchangeRate")):
            fields["exchangeRate"] = self.rates.rate(currency, base.id, day)
        rate = fields["exchangeRate"]
        if not is_rate(rate) or (currency == base.id and rate != 1):
            raise invalid_value(rate, "exchangeRate", "exchangeRate")

    def _entity(self, fields: Fields) -> Mapping[str, Any]:
        """The fields of the transaction's customer; of a journal's first line that names one."""
        named = (line["entity"] for line in fields.get("line", ()) if "entity" in line)
        customer = fields.get("entity") or fields.get("customer") or next(named, None)
        record = self.store.get(ENTITY, customer["id"]) if customer else None
        return record.fields if record else {}

    def _subsidiary(self, fields: Fields) -> dict[str, str]:
        """The customer's, else the one that alone may use the account, else the root."""
        account = self.chart.accounts[fields["account"]["id"]] if "account" in fields else None
        alone = next(iter(account.subsidiaries), "") if account and len(account.subsidiaries) == 1 else ""
        return {"id": str(self._entity(fields).get("subsidiary", {}).get("id", "")) or alone or self.chart.subsidiary}

    def _currency(self, fields: Fields) -> dict[str, str]:
        customer = {} if "line" in fields else self._entity(fields)
        if customer:
            return {"id": str(customer["currency"]["id"])}
        account = self.chart.accounts[fields["account"]["id"]] if "account" in fields else None
        return {"id": (account.currency if account else "") or self.chart.base_of(fields["subsidiary"]["id"]).id}

    def _accounts(self, shape: Shape, fields: Fields) -> None:
        receivable, undeposited = {"id": self.chart.receivable}, {"id": self.chart.undeposited_funds}
        match shape.type:
            case "invoice" | "creditMemo":
                fields.setdefault("account", receivable)
            case "customerPayment" | "cashSale" | "customerDeposit":
                if shape.type == "customerPayment":
                    fields.setdefault("arAcct", receivable)
                chosen = fields.pop("undepFunds", None)
                if chosen is True or (isinstance(chosen, dict) and chosen["id"].lower() in ("t", "true")) or "account" not in fields:
                    fields["account"] = undeposited
            case "cashRefund":
                fields.setdefault("account", undeposited)
            case "customerRefund" | "depositApplication":
                fields.setdefault("arAcct", receivable)
            case _:
                pass

    def _exact(self, shape: Shape, fields: Fields) -> None:
        """Every amount with exactly the decimals of the transaction's currency."""
        for name, kind in shape.properties.items():
            if kind == "money" and isinstance(fields.get(name), Decimal):
                fields[name] = self._money(fields[name], fields, name)
        for sublist, what in shape.sublists.items():
            amounts = [name for name, kind in what.properties.items() if kind == "money"]
            lines = enumerate(fields.get(sublist, ()))
            fields[sublist] = [
                {
                    **line,
                    **{
                        name: self._money(line[name], fields, f"{sublist}.items[{index}].{name}")
                        for name in amounts
                        if line.get(name) is not None
                    },
                }
                for index, line in lines
            ]

    def _money(self, amount: Decimal, fields: Fields, path: str) -> Decimal:
        currency = self.chart.currencies[fields["currency"]["id"]]
        exact = amount.quantize(Decimal(1).scaleb(-currency.decimals), rounding=ROUND_HALF_UP)
        if exact != amount:
            raise user_error(f"The amount {amount} has more decimals than the currency {currency.symbol} supports.", path)
        return exact

    def _item_line(self, index: int, line: Fields, fields: Fields) -> Fields:
        """`amount` decides; without it, quantity times rate."""
        where = f"item.items[{index}]"
        if "item" not in line:
            raise missing("Item")
        amount = line.get("amount")
        if amount is None:
            if line.get("rate") is None:
                raise missing("Amount")
            currency = self.chart.currencies[fields["currency"]["id"]]
            quantity = line.get("quantity")
            amount = (line["rate"] * (1 if quantity is None else quantity)).quantize(
                Decimal(1).scaleb(-currency.decimals), rounding=ROUND_HALF_UP
            )
        return {**line, "amount": self._money(amount, fields, f"{where}.amount")}

    def _apply(self, shape: Shape, internal_id: str, fields: Fields) -> None:
        """Only the lines that apply something; one without an amount takes what is due, as far as there is something left."""
        given = [line for line in fields.get("apply", ()) if line.get("apply", line.get("amount") is not None) and line.get("amount") != 0]
        if fields.get("autoApply"):
            if given:
                raise user_error("INVALID_AUTOAPPLY_VALUE: autoApply cannot be true together with apply lines.", "autoApply")
            raise not_emulated("autoApply", "autoApply")
        left = _own_amount(shape, fields)
        fields["apply"] = []
        for index, line in enumerate(given):
            if "doc" not in line:
                raise invalid_value(None, "doc", f"apply.items[{index}].doc")
            amount = line.get("amount")
            if amount is None:
                doc = self.ledger.find(line["doc"]["id"])
                meant = doc.receivable(line.get("line") or 0) if doc else None
                due = self.ledger.open(line["doc"]["id"], meant, besides=internal_id)[0] if meant else Decimal(0)
                amount = due if left is None else min(due, left)
            left = None if left is None else left - amount
            fields["apply"].append({**line, "apply": True, "amount": amount})


def _own_amount(shape: Shape, fields: Fields) -> Decimal | None:
    """What a payment or credit memo has to give; None for a refund, whose total is what it applies."""
    if shape.type == "customerPayment":
        return fields["payment"] if isinstance(fields["payment"], Decimal) else None
    if shape.type == "creditMemo":
        return sum((line["amount"] for line in fields["item"]), tax_of(fields))
    return None


def _posting_period(fields: Fields, before: Mapping[str, Any]) -> None:
    """That of the date, be it given or not; its id is the month's number, as 202603."""
    of_day = {"id": fields["tranDate"][:7].replace("-", "")}
    if fields.get("postingPeriod", of_day) not in (of_day, before.get("postingPeriod")):
        words = "DATE_PRD_MISMATCH: The transaction date you specified is not within the date range of your accounting period."
        raise user_error(words, "postingPeriod")
    fields["postingPeriod"] = of_day
