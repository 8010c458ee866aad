"""What the tests of the emulated NetSuite say to it: records in the field's words, posted as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec

from adapters.netsuite.emulator import SANDBOX_CHART, Chart, NetSuite, Preferences, Reply

RECORDS = "/services/rest/record/v1"
SUITEQL = "/services/rest/query/v1/suiteql"
USD, EUR, JPY, KWD = "1", "4", "5", "6"
STRICT = {"X-NetSuite-PropertyNameValidation": "error"}
Body = dict[str, Any]
_encoder = msgspec.json.Encoder(decimal_format="number")


def noon() -> datetime:
    return datetime(2026, 3, 15, 12, tzinfo=UTC)


class Api:
    """A NetSuite account and the calls made to it; a call that must succeed and does not fails the test with NetSuite's words."""

    def __init__(self, chart: Chart = SANDBOX_CHART, **preferences: bool) -> None:
        self.netsuite = NetSuite(chart, Preferences(**preferences), now=noon)

    def call(self, method: str, path: str, body: Any = None, query: Mapping[str, str] | None = None, **headers: str) -> Reply:
        given = body if isinstance(body, bytes) else b"" if body is None else _encoder.encode(body)
        return self.netsuite.handle(method, RECORDS + path, query or {}, {**STRICT, **headers}, given)

    def post(self, record_type: str, body: Body) -> str:
        """The internal id of the new record."""
        reply = self.call("POST", f"/{record_type}", body)
        assert reply.status == 204, reply.body.decode()
        return reply.headers["Location"].rpartition("/")[2]

    def put(self, record_type: str, external_id: str, body: Body, replace: str = "") -> None:
        reply = self.call("PUT", f"/{record_type}/eid:{external_id}", body, {"replace": replace} if replace else {})
        assert reply.status == 204, reply.body.decode()

    def patch(self, record_type: str, key: str, body: Body, replace: str = "") -> None:
        reply = self.call("PATCH", f"/{record_type}/{key}", body, {"replace": replace} if replace else {})
        assert reply.status == 204, reply.body.decode()

    def get(self, record_type: str, key: str, **query: str) -> Body:
        """The whole record, numbers exact."""
        reply = self.call("GET", f"/{record_type}/{key}", query={"expandSubResources": "true", **query})
        assert reply.status == 200, reply.body.decode()
        shown: Body = json.loads(reply.body, parse_float=Decimal)
        return shown

    def refusal(
        self, method: str, path: str, body: Any = None, query: Mapping[str, str] | None = None, **headers: str
    ) -> tuple[int, str, str, str]:
        """Status, o:errorCode, detail and o:errorPath of a call that must be refused."""
        reply = self.call(method, path, body, query, **headers)
        assert reply.status >= 400, f"{method} {path} was accepted"
        error = json.loads(reply.body)
        assert error["status"] == reply.status
        assert set(error) == {"type", "title", "status", "o:errorDetails"}
        (detail,) = error["o:errorDetails"]
        return reply.status, detail["o:errorCode"], detail["detail"], detail.get("o:errorPath", "")

    def get_query(self, body: Body, **query: str) -> Body:
        """The answer to a SuiteQL query."""
        reply = self._query(body, query, "transient")
        assert reply.status == 200, reply.body.decode()
        shown: Body = json.loads(reply.body)
        return shown

    def query_status(self, body: Body, prefer: str = "transient") -> int:
        return self._query(body, {}, prefer).status

    def _query(self, body: Body, query: Mapping[str, str], prefer: str) -> Reply:
        return self.netsuite.handle("POST", SUITEQL, query, {"Prefer": prefer}, _encoder.encode(body))

    def balance(self) -> Mapping[tuple[str, str], Decimal]:
        """(account name, currency) -> debit balance, credits negative, even accounts left out."""
        lines = {(line.name, line.currency): line.debit - line.credit for line in self.netsuite.trial_balance()}
        return {key: amount for key, amount in lines.items() if amount}

    def base_balance(self, subsidiary: str = "") -> Mapping[str, Decimal]:
        """Account name -> debit balance in the subsidiary's base currency, even accounts left out."""
        lines = {line.name: line.debit - line.credit for line in self.netsuite.base_trial_balance(subsidiary)}
        return {name: amount for name, amount in lines.items() if amount}


def ref(internal_id: str) -> Body:
    return {"id": internal_id}


def eid(external_id: str) -> Body:
    return {"externalId": external_id}


def items(*lines: Body) -> Body:
    return {"items": list(lines)}


def customer(external_id: str = "cus_1", **fields: Any) -> Body:
    return {"externalId": external_id, "companyName": "Jenny Rosen Ltd", "currency": ref(USD), **fields}


def service(external_id: str = "price_1", account: str = "400", **fields: Any) -> Body:
    return {"externalId": external_id, "itemId": f"Plan {external_id}", "incomeAccount": ref(account), **fields}


def invoice(external_id: str = "in_1", *amounts: Any, of: str = "cus_1", item: str = "price_1", **fields: Any) -> Body:
    lines = [{"item": eid(item), "amount": amount} for amount in amounts]
    return {"externalId": external_id, "entity": eid(of), "tranDate": "2026-03-01", "item": items(*lines), **fields}


def payment(external_id: str, amount: Any, *applies: tuple[str, Any], of: str = "cus_1", **fields: Any) -> Body:
    return {
        "externalId": external_id,
        "customer": eid(of),
        "tranDate": "2026-03-02",
        "payment": amount,
        "account": ref("110"),
        "apply": items(*(applied(doc, part) for doc, part in applies)),
        **fields,
    }


def refund(external_id: str, *applies: tuple[str, Any], of: str = "cus_1", **fields: Any) -> Body:
    lines = items(*(applied(doc, part) for doc, part in applies))
    return {"externalId": external_id, "customer": eid(of), "tranDate": "2026-03-03", "account": ref("110"), "apply": lines, **fields}


def applied(doc: str, amount: Any) -> Body:
    return {"doc": ref(doc), "apply": True, "amount": amount}


def deposit(external_id: str, *payments: str, **fields: Any) -> Body:
    lines = items(*({"id": int(doc), "deposit": True} for doc in payments))
    return {"externalId": external_id, "account": ref("101"), "tranDate": "2026-03-05", "payment": lines, **fields}


def by_account(account: str, amount: Any, memo: str = "") -> Body:
    return {"account": ref(account), "amount": amount, "memo": memo}


def entry(account: str, *, debit: Any = None, credit: Any = None, of: str = "") -> Body:
    """One line of a journal entry."""
    sides = {side: amount for side, amount in (("debit", debit), ("credit", credit)) if amount is not None}
    return {"account": ref(account), **sides, **({"entity": eid(of)} if of else {})}


def trading(**preferences: bool) -> Api:
    """An account with a customer cus_1 and an item price_1, in USD."""
    api = Api(SANDBOX_CHART, **preferences)
    api.post("customer", customer())
    api.post("serviceSaleItem", service())
    return api
