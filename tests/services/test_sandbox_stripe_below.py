"""Lists below an object and what only expanding shows: credit note lines, a customer's balance, shipping taxes, reversals."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import stripe

from services.sandbox.stripe.app import API_KEY, stripe_app
from services.sandbox.stripe.credit_notes import Back, Credited
from services.sandbox.stripe.invoices import Line, Shipping
from services.sandbox.stripe.world import World
from tests.services.loopback import served


class Books:
    """A world with one of each, and Stripe's own client on it."""

    def __init__(self, world: World, client: stripe.StripeClient) -> None:
        self.world = world
        self.client = client.v1
        catalogue = world.catalogue
        self.tax = catalogue.tax_rate("Tax", Decimal("8.25"))
        product = catalogue.product("Things")
        self.customer = catalogue.customer("Ada Able", "ada@example.com")
        lines = [Line(product=product, unit_amount=1000 + number) for number in range(12)]
        self.invoice = world.invoices.create(self.customer, lines, tax_rate=self.tax, shipping=Shipping(995, (self.tax,)))
        world.invoices.finalize(self.invoice)
        world.invoices.pay(self.invoice)
        credited = [Credited(one["amount"], one["id"]) for one in world.account.listed("line_item", "invoice", self.invoice)]
        total = world.credit_notes.total(self.invoice, credited)
        self.note = world.credit_notes.create(self.invoice, credited, Back(refund=total - 700, balance=700))
        self.transfer = world.connect.transfer(5000)
        self.reversals = [world.connect.reverse(self.transfer, 1000) for _ in range(2)]
        self.topup = world.connect.top_up(5000)
        self.fee = world.connect.earn(250)


@pytest.fixture(scope="module")
def books() -> Iterator[Books]:
    world, http = World(), stripe.RequestsClient()
    with served(stripe_app(world)) as address:
        yield Books(world, stripe.StripeClient(API_KEY, base_addresses={"api": address}, http_client=http))
    http.close()  # type: ignore[no-untyped-call]


def plain(found: Any) -> Any:
    return found.to_dict(for_json=True)


def test_a_credit_note_shows_its_first_lines_and_lists_them_all(books: Books) -> None:
    note = plain(books.client.credit_notes.retrieve(books.note))
    assert (len(note["lines"]["data"]), note["lines"]["has_more"]) == (10, True)
    lines = [plain(one) for one in books.client.credit_notes.line_items.list(books.note, {"limit": 5}).auto_paging_iter()]
    assert [one["id"] for one in lines[:10]] == [one["id"] for one in note["lines"]["data"]]
    assert [one["amount"] for one in lines] == [1000 + number for number in range(12)]
    assert sum(one["amount"] + one["taxes"][0]["amount"] for one in lines) == note["total"]


def test_credit_notes_are_listed_by_invoice_and_expanded(books: Books) -> None:
    expand = ["data.refunds.refund", "data.invoice", "data.customer_balance_transaction"]
    [note] = [plain(one) for one in books.client.credit_notes.list({"invoice": books.invoice, "expand": expand}).data]
    assert note["refunds"][0]["refund"]["amount"] == note["refunds"][0]["amount_refunded"]
    assert note["invoice"]["post_payment_credit_notes_amount"] == note["total"]
    assert note["customer_balance_transaction"]["amount"] == -700


def test_a_customers_balance_transactions_are_below_the_customer(books: Books) -> None:
    [move] = [plain(one) for one in books.client.customers.balance_transactions.list(books.customer).data]
    assert (move["type"], move["amount"], move["ending_balance"], move["credit_note"]) == ("credit_note", -700, -700, books.note)


def test_the_taxes_of_shipping_are_shown_only_when_expanded(books: Books) -> None:
    assert "taxes" not in plain(books.client.invoices.retrieve(books.invoice))["shipping_cost"]
    cost = plain(books.client.invoices.retrieve(books.invoice, {"expand": ["shipping_cost.taxes"]}))["shipping_cost"]
    assert [(tax["amount"], tax["rate"]["id"]) for tax in cost["taxes"]] == [(82, books.tax)]
    assert (cost["amount_subtotal"], cost["amount_tax"], cost["amount_total"]) == (995, 82, 1077)


def test_transfers_topups_and_application_fees_are_read_with_their_rows(books: Books) -> None:
    transfer = plain(books.client.transfers.retrieve(books.transfer, {"expand": ["balance_transaction"]}))
    assert (transfer["balance_transaction"]["amount"], transfer["amount_reversed"]) == (-5000, 2000)
    assert [one.id for one in books.client.transfers.reversals.list(books.transfer).data] == books.reversals[::-1]
    assert plain(books.client.topups.retrieve(books.topup))["status"] == "pending"
    fee = plain(books.client.application_fees.retrieve(books.fee, {"expand": ["balance_transaction"]}))
    assert fee["balance_transaction"]["amount"] == 250


def test_a_row_leads_to_its_source_of_any_kind(books: Books) -> None:
    listed = books.client.balance_transactions.list({"limit": 100, "expand": ["data.source"]}).data
    kinds = {plain(one)["source"]["object"] for one in listed if one.source}
    assert kinds == {"application_fee", "charge", "refund", "transfer", "transfer_reversal"}
