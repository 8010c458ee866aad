"""Whatever is asked of the emulated NetSuite, in whatever order: its books balance, and a refused call leaves no trace."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.netsuite.emulator import StoredRecord
from adapters.netsuite.emulator.fields import SHAPES
from tests.adapters.netsuite_account import (
    EUR,
    JPY,
    USD,
    Api,
    Body,
    applied,
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


amount = st.one_of(st.sampled_from([10, 15, 20]), st.integers(1, 20), st.integers(-3, 60))
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
                "edit journalEntry",
                "rate",
                "deposit abroad",
                "delete",
                "period",
            )
        ),
        who=st.sampled_from(["cus_usd", "cus_eur", "cus_eur", "cus_jpy"]),
        amounts=st.lists(amount, min_size=1, max_size=3).map(tuple),
        touches=st.one_of(st.just(()), touches, touches),
    ),
    min_size=10,
    max_size=40,
)


def opened() -> Api:
    """An account where every customer has two open invoices and two unapplied payments."""
    api = Api()
    for day in range(1, 6):
        api.netsuite.set_rate("EUR", "USD", date(2026, 3, day), Decimal("1.09371") + Decimal(day) / 7 // Decimal("0.001") / 1000)
        api.netsuite.set_rate("JPY", "USD", date(2026, 3, day), Decimal("0.0067") + Decimal(day) / 10000)
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
        found = [record for record in found if concerns(record, {"id": customer_id}, ref(BANKS[who]))]
    latest = sorted((record.id for record in found), key=int)[-STRANGER:]
    return latest[place % len(latest)] if latest else "9999"


def concerns(record: StoredRecord, customer_ref: Body, bank: Body) -> bool:
    """Whether it is the customer's, or a deposit at the bank of its currency."""
    named = [line.get("entity") for line in record.fields.get("line", ())]
    return customer_ref in (record.fields.get("entity"), record.fields.get("customer"), *named) or record.fields.get("account") == bank


def lines(amounts: tuple[int, ...]) -> Body:
    return items(*({"item": eid("coupon" if value < 0 else "price_1"), "amount": value} for value in amounts))


def carry_out(api: Api, number: int, asked: Asked) -> int:
    """Make the call; its status."""
    first, who = asked.amounts[0], asked.who
    if asked.kind == "period":
        api.netsuite.set_period("2026-03", is_open=bool(first % 7))
        return 204
    if asked.kind == "rate":
        record_type = ("invoice", "customerPayment", "creditMemo")[first % 3]
        record = chosen(api, len(asked.touches) + number, who, record_type)
        return api.call("PATCH", f"/{record_type}/{record}", {"exchangeRate": 1 + Decimal(abs(first)) / 64}).status
    if asked.kind == "delete":
        record = chosen(api, first % STRANGER, who, *TYPES)
        held = next((kind for kind in TYPES for found in api.netsuite.records(kind) if found.id == record), "invoice")
        return api.call("DELETE", f"/{held}/{record}").status
    if asked.kind.startswith("edit "):
        record_type = asked.kind.removeprefix("edit ")
        record = chosen(api, first % STRANGER, who, record_type)
        body, replace = edit(api, record_type, asked)
        return api.call("PATCH", f"/{record_type}/{record}", body, {"replace": replace}).status
    return api.call("POST", f"/{asked.kind.split()[0]}", new(api, f"doc_{number}", asked)).status


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
        case "deposit abroad":
            worth = {"deposit": True, "paymentAmount": abs(first) + Decimal("0.07")}
            abroad = settled(api, asked, "customerPayment", "customerRefund", "journalEntry")
            return deposit(name) | {"payment": items(*({"id": int(doc), **worth} for doc, _ in abroad))}
        case "deposit":
            members = [doc for doc, _ in settled(api, asked, "customerPayment", "customerRefund", "journalEntry")]
            return deposit(name, *members, account=ref(BANKS[who]), cashback=items(by_account("600", first)))
        case _:
            return {"externalId": name, "currency": ref(CURRENCIES[who]), "tranDate": "2026-03-04", "line": moved(asked)}


def moved(asked: Asked) -> Body:
    """The lines of a journal entry: the customer's receivable against Undeposited Funds or another account, the last one against both."""
    lines: list[Body] = []
    for value in asked.amounts:
        against = ref("110") if value % 3 else ref("690")
        sides = [("debit", "credit"), ("credit", "debit")][value % 2]
        entries: list[Body] = [{"account": ref("120"), "entity": eid(asked.who)}, {"account": against}]
        lines += [{**entry, side: abs(value)} for entry, side in zip(entries, sides, strict=True)]
    return items(*lines)


def edit(api: Api, record_type: str, asked: Asked) -> tuple[Body, str]:
    """What to change, and the sublists to replace."""
    match record_type:
        case "invoice":
            return {"item": lines(asked.amounts)}, "item"
        case "customerPayment":
            applied = payment("", 0, *settled(api, asked, "invoice", "journalEntry"))["apply"]
            return {"payment": asked.amounts[0], "apply": applied}, "apply"
        case "journalEntry":
            return {"line": moved(asked)}, "line"
        case _:
            members = [{"id": int(doc), "deposit": True} for doc, _ in settled(api, asked, "customerPayment", "customerRefund")]
            return {"payment": items(*members), "cashback": items(by_account("601", asked.amounts[0]))}, "payment,cashback"


def picture(api: Api) -> object:
    """All that a refused call must leave as it was."""
    fields = [[record.fields for record in api.netsuite.records(record_type)] for record_type in TYPES]
    books = api.netsuite
    return fields, books.transactions(), books.trial_balance(), books.open_receivables(), books.undeposited_funds()


def check_books(api: Api) -> None:
    """What must be true of the books at any time, in the currencies of the transactions and in the base currency."""
    for transaction in api.netsuite.transactions():
        sums: defaultdict[str, Decimal] = defaultdict(Decimal)
        for posting in transaction.postings:
            sums[posting.currency] += posting.amount
            sums["base"] += posting.base
        assert not any(sums.values()), "debits equal credits in every transaction"
    accounts = balances(api)
    owed: defaultdict[str, Decimal] = defaultdict(Decimal)
    for item in api.netsuite.open_receivables():
        owed[item.currency] += item.remaining
        owed["base"] += item.base
        assert item.remaining, "what is settled leaves nothing of its worth"
        assert item.remaining * item.base >= 0, "what is open has its worth on the same side"
    waits: defaultdict[str, Decimal] = defaultdict(Decimal)
    for waiting in api.netsuite.undeposited_funds():
        waits[waiting.currency] += waiting.amount
        waits["base"] += waiting.base
    for currency in ("USD", "EUR", "JPY", "base"):
        assert owed[currency] == accounts["Accounts Receivable", currency] + accounts["Customer Deposits", currency], (
            "the subledgers are the control accounts"
        )
        assert waits[currency] == accounts["Undeposited Funds", currency], "what waits for a deposit is what the account holds"
    left = [record.fields["amountRemaining"] for sale in ("invoice", "creditMemo") for record in api.netsuite.records(sale)]
    left += [record.fields["unapplied"] for record in api.netsuite.records("customerPayment")]
    assert min(left, default=0) >= 0, "nothing is settled beyond its total"


def balances(api: Api) -> Mapping[tuple[str, str], Decimal]:
    """Debit less credit by account name and currency, the base currency as "base"; each currency adds up to nothing."""
    accounts: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    balance: defaultdict[str, Decimal] = defaultdict(Decimal)
    lines = [(line, line.currency) for line in api.netsuite.trial_balance()]
    lines += [(line, "base") for line in api.netsuite.base_trial_balance()]
    for line, currency in lines:
        assert min(line.debit, line.credit) == 0
        balance[currency] += line.debit - line.credit
        accounts[line.name, currency] += line.debit - line.credit
    assert not any(balance.values()), "debits equal credits in every currency"
    return accounts


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


parts = st.lists(st.integers(1, 400), min_size=1, max_size=6)
rates = st.integers(50_000, 200_000).map(lambda number: Decimal(number).scaleb(-5))


@settings(deadline=None, max_examples=60)
@given(parts, st.lists(rates, min_size=7, max_size=7), st.sets(st.integers(0, 5)), rates)
def test_a_document_settled_in_parts_leaves_nothing_of_its_worth(
    parts: list[int], rated: list[Decimal], again: set[int], new: Decimal
) -> None:
    """Whatever the rates, whichever parts are taken back and given again, and though the document's own rate is mended in between."""
    api = opened()
    amounts = [Decimal(part).scaleb(-2) for part in parts]
    sold = api.post("invoice", invoice("in_1", sum(amounts), of="cus_eur", exchangeRate=rated[-1]))
    for number, part in enumerate(amounts):
        api.post("customerPayment", payment(f"ch_{number}", part, (sold, part), of="cus_eur", exchangeRate=rated[number]))
    for number in again & set(range(len(amounts))):
        api.patch("customerPayment", f"eid:ch_{number}", {"apply": items()}, "apply")
        check_books(api)
    api.patch("invoice", sold, {"exchangeRate": new})
    for number in again & set(range(len(amounts))):
        api.patch("customerPayment", f"eid:ch_{number}", {"apply": items(applied(sold, amounts[number]))})
    check_books(api)
    assert sold not in [item.id for item in api.netsuite.open_receivables()]


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
    "cashSale": invoice("new", 5, of="cus_usd"),
    "cashRefund": invoice("new", 5, of="cus_usd"),
    "customerDeposit": {"externalId": "new", "customer": eid("cus_usd"), "payment": 5},
    "depositApplication": {"customer": eid("cus_usd"), "deposit": ref("1001")},
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
    check_books(api)
    for held in api.netsuite.records(record_type):
        assert api.get(record_type, held.id)["id"] == held.id
