"""Whatever is asked of the emulated NetSuite, in whatever order: its books balance, and a refused call leaves no trace."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.netsuite.emulator.fields import SHAPES
from tests.adapters.netsuite_account import (
    EUR,
    JPY,
    USD,
    Api,
    Body,
    by_account,
    customer,
    deposit,
    eid,
    invoice,
    items,
    payment,
    ref,
    refund,
    service,
)

CURRENCIES = {"cus_usd": USD, "cus_eur": EUR, "cus_jpy": JPY}
BANKS = {"cus_usd": "101", "cus_eur": "102", "cus_jpy": "104"}
TYPES = ("invoice", "creditMemo", "customerPayment", "customerRefund", "deposit", "journalEntry")
# Documents are chosen by their place among the customer's latest ones, so that most calls point at something that is there;
# a place beyond them is somebody else's document.
STRANGER = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """One call to make: which, for whom, with which amounts, touching which documents."""

    kind: str
    who: str
    amounts: tuple[int, ...]
    touches: tuple[tuple[int, int], ...]


amount = st.one_of(st.integers(1, 20), st.integers(-3, 60))
touches = st.lists(st.tuples(st.integers(0, STRANGER), amount), min_size=1, max_size=2).map(tuple)
calls = st.lists(
    st.builds(
        Asked,
        kind=st.sampled_from(
            (
                *TYPES,
                "customerPayment",
                "customerRefund",
                "deposit",
                "edit invoice",
                "edit customerPayment",
                "edit deposit",
                "delete",
                "period",
            )
        ),
        who=st.sampled_from(["cus_usd", "cus_usd", "cus_usd", "cus_eur", "cus_jpy"]),
        amounts=st.lists(amount, min_size=1, max_size=3).map(tuple),
        touches=st.one_of(st.just(()), touches, touches),
    ),
    min_size=10,
    max_size=40,
)


def opened() -> Api:
    """An account where every customer has two open invoices and two unapplied payments."""
    api = Api()
    api.post("serviceSaleItem", service())
    api.post("discountItem", {"externalId": "coupon", "itemId": "coupon", "nonPosting": True})
    for name, currency in CURRENCIES.items():
        api.post("customer", customer(name, currency=ref(currency)))
        for number in range(2):
            api.post("invoice", invoice(f"in_{name}{number}", 30, of=name))
            api.post("customerPayment", payment(f"ch_{name}{number}", 25, of=name))
    return api


def chosen(api: Api, place: int, who: str, *record_types: str) -> str:
    """The internal id of one of the customer's latest documents of these types."""
    (customer_id,) = (record.id for record in api.netsuite.records("customer") if record.external_id == who)
    found = [record for record_type in record_types for record in api.netsuite.records(record_type)]
    if place != STRANGER:
        found = [record for record in found if {"id": customer_id} in (record.fields.get("entity"), record.fields.get("customer"))]
    latest = sorted((record.id for record in found), key=int)[-STRANGER:]
    return latest[place % len(latest)] if latest else "9999"


def lines(amounts: tuple[int, ...]) -> Body:
    return items(*({"item": eid("coupon" if value < 0 else "price_1"), "amount": value} for value in amounts))


def carry_out(api: Api, number: int, asked: Asked) -> int:
    """Make the call; its status."""
    first, who = asked.amounts[0], asked.who
    if asked.kind == "period":
        api.netsuite.set_period("2026-03", is_open=bool(first % 7))
        return 204
    if asked.kind == "delete":
        record = chosen(api, first % STRANGER, who, *TYPES)
        held = next((kind for kind in TYPES for found in api.netsuite.records(kind) if found.id == record), "invoice")
        return api.call("DELETE", f"/{held}/{record}").status
    if asked.kind.startswith("edit "):
        record_type = asked.kind.removeprefix("edit ")
        record = chosen(api, STRANGER if record_type == "deposit" else first % STRANGER, who, record_type)
        body, replace = edit(api, record_type, asked)
        return api.call("PATCH", f"/{record_type}/{record}", body, {"replace": replace}).status
    return api.call("POST", f"/{asked.kind}", new(api, f"doc_{number}", asked)).status


def settled(api: Api, asked: Asked, *record_types: str) -> list[tuple[str, int]]:
    """Documents and amounts, each document once."""
    return list({chosen(api, place, asked.who, *record_types): part for place, part in asked.touches}.items())


def new(api: Api, name: str, asked: Asked) -> Body:
    who, first = asked.who, asked.amounts[0]
    owed = settled(api, asked, "invoice", "journalEntry")
    match asked.kind:
        case "invoice":
            return invoice(name, of=who) | {"item": lines(asked.amounts)}
        case "creditMemo":
            return invoice(name, of=who) | {"item": lines(asked.amounts), "apply": payment(name, 0, *owed)["apply"]}
        case "customerPayment":
            return payment(name, first, *owed, of=who)
        case "customerRefund":
            return refund(name, *settled(api, asked, "customerPayment", "creditMemo", "journalEntry"), of=who)
        case "deposit":
            members = [doc for doc, _ in settled(api, asked, "customerPayment", "customerRefund")]
            return deposit(name, *members, account=ref(BANKS[who]), cashback=items(by_account("600", first)))
        case _:
            entries: list[Body] = [{"account": ref("120"), "entity": eid(who)}, {"account": ref("690")}]
            sides = [("debit", "credit"), ("credit", "debit")][first % 2]
            moved = items(*({**entry, side: abs(first)} for entry, side in zip(entries, sides, strict=True)))
            return {"externalId": name, "currency": ref(CURRENCIES[who]), "tranDate": "2026-03-04", "line": moved}


def edit(api: Api, record_type: str, asked: Asked) -> tuple[Body, str]:
    """What to change, and the sublists to replace."""
    match record_type:
        case "invoice":
            return {"item": lines(asked.amounts)}, "item"
        case "customerPayment":
            applied = payment("", 0, *settled(api, asked, "invoice", "journalEntry"))["apply"]
            return {"payment": asked.amounts[0], "apply": applied}, "apply"
        case _:
            members = [{"id": int(doc), "deposit": True} for doc, _ in settled(api, asked, "customerPayment", "customerRefund")]
            return {"payment": items(*members), "cashback": items(by_account("601", asked.amounts[0]))}, "payment,cashback"


def picture(api: Api) -> object:
    """All that a refused call must leave as it was."""
    fields = [[record.fields for record in api.netsuite.records(record_type)] for record_type in TYPES]
    return fields, api.netsuite.trial_balance(), api.netsuite.open_receivables()


def check_books(api: Api, *, funds_by_hand: bool = False) -> None:
    """`funds_by_hand`: something else than payments, refunds and deposits may have posted to Undeposited Funds."""
    balance: defaultdict[str, Decimal] = defaultdict(Decimal)
    accounts: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for line in api.netsuite.trial_balance():
        assert min(line.debit, line.credit) == 0
        balance[line.currency] += line.debit - line.credit
        accounts[line.name, line.currency] += line.debit - line.credit
    assert not any(balance.values()), "debits equal credits in every currency"
    for currency in ("USD", "EUR", "JPY"):
        open_items = [item.remaining for item in api.netsuite.open_receivables() if item.currency == currency]
        assert sum(open_items, Decimal(0)) == accounts["Accounts Receivable", currency], "the subledger is the control account"
        assert funds_by_hand or undeposited(api, currency) == accounts["Undeposited Funds", currency], (
            "what waits for a deposit is what the account holds"
        )
    left = [record.fields["amountRemaining"] for sale in ("invoice", "creditMemo") for record in api.netsuite.records(sale)]
    left += [record.fields["unapplied"] for record in api.netsuite.records("customerPayment")]
    assert min(left, default=0) >= 0, "nothing is settled beyond its total"


def undeposited(api: Api, currency: str) -> Decimal:
    total = Decimal(0)
    for record_type, side in (("customerPayment", 1), ("customerRefund", -1)):
        for record in api.netsuite.records(record_type):
            symbol = api.netsuite.chart.currencies[record.fields["currency"]["id"]].symbol
            if symbol == currency and record.fields["status"]["refName"] == "Not Deposited":
                total += side * record.fields["total"]
    return total


@settings(deadline=None, max_examples=60)
@given(calls)
def test_the_books_balance_after_every_call_and_a_refused_one_changes_nothing(made: list[Asked]) -> None:
    api = opened()
    for number, asked in enumerate(made):
        before = picture(api)
        status = carry_out(api, number, asked)
        assert status in (204, 400, 404)
        if status != 204:
            assert picture(api) == before
        check_books(api)


NAMED = [ref(number) for number in ("1", "110", "120", "400", "501", "701", "1001", "1002", "nobody")]
VALUES = st.sampled_from(
    [
        *(None, True, False, 0, 1, -1, 7, Decimal("0.1"), Decimal("1e-9"), "", "1", "T", "2026-03-01", "ä\n", [], {}, {"id": 5}),
        *(eid("cus_usd"), eid("price_1"), eid("coupon"), items(), {"items": 5}, {"items": [5]}, *NAMED),
    ]
)
SOUND: dict[str, Body] = {
    "customer": customer("new"),
    "serviceSaleItem": service("new"),
    "discountItem": {"itemId": "new", "nonPosting": True},
    "invoice": invoice("new", 5, of="cus_usd"),
    "creditMemo": invoice("new", 5, of="cus_usd"),
    "customerPayment": payment("new", 5, of="cus_usd"),
    "customerRefund": refund("new", ("1002", 5), of="cus_usd"),
    "deposit": deposit("new", "1002"),
    "journalEntry": {"line": items({"account": ref("101"), "debit": 1}, {"account": ref("400"), "credit": 1})},
}


@st.composite
def any_body(draw: st.DrawFn) -> tuple[str, Body]:
    """A record type and a body of its own properties: a sound one in which a few hold anything at all."""
    shape = SHAPES[draw(st.sampled_from(sorted(SHAPES)))]
    body = SOUND[shape.type] | draw(st.dictionaries(st.sampled_from(sorted(shape.properties)), VALUES, max_size=3))
    for name, sublist in shape.sublists.items():
        if draw(st.booleans()):
            sound = SOUND[shape.type].get(name, items({}))["items"]
            odd = st.dictionaries(st.sampled_from(sorted(sublist.properties)), VALUES, max_size=2)
            body[name] = items(*({**line, **draw(odd)} for line in sound))
    return shape.type, body


@settings(deadline=None, max_examples=300)
@given(any_body(), st.sampled_from(["POST", "PUT", "PATCH"]), st.booleans())
def test_any_body_is_either_accepted_or_refused_with_a_reason(asked: tuple[str, Body], method: str, replace: bool) -> None:
    api = opened()
    record_type, body = asked
    latest = {
        "invoice": "eid:in_cus_usd0",
        "customerPayment": "eid:ch_cus_usd0",
        "customer": "eid:cus_usd",
        "serviceSaleItem": "eid:price_1",
    }
    key = "" if method == "POST" else "/" + latest.get(record_type, "eid:new")
    query = {"replace": ",".join(SHAPES[record_type].sublists)} if replace else {}
    before = picture(api)
    reply = api.call(method, f"/{record_type}{key}", body, query)
    assert reply.status in (204, 400, 404), reply.body
    if reply.status != 204:
        assert picture(api) == before
    check_books(api, funds_by_hand=True)
    for held in api.netsuite.records(record_type):
        assert api.get(record_type, held.id)["id"] == held.id
