"""The reader over a real HTTP server: every page, few calls, raw numbers, and each of Stripe's errors as a failure with a remedy."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import unquote

import pytest
import stripe
from starlette.responses import HTMLResponse, JSONResponse, Response

from adapters.stripe.api import API_VERSION, ApiReader
from adapters.stripe.memory import MemoryStripe
from core.money import Money
from core.outcome import CannotSync, Failed, Kind
from core.snapshot import Charge, Customer, Dispute, Invoice, Payout, Price, Refunds
from tests import stripe_objects as make
from tests.stripe_api import KEY, StripeApi, serving, stripe_error
from tests.stripe_objects import CONNECTED, PAYOUT_ROWS, Object, by_id, few_days


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[StripeApi, str]]:
    api = StripeApi(MemoryStripe({}))
    with serving(api.app()) as url:
        yield api, url


@pytest.fixture
def api(server: tuple[StripeApi, str]) -> Iterator[StripeApi]:
    """The server with the merchant's few days, and nothing asked of it yet."""
    given, _ = server
    given.stripe = MemoryStripe(few_days(), PAYOUT_ROWS, CONNECTED)
    given.asked.clear()
    given.headers.clear()
    given.peers.clear()
    yield given
    given.script.clear()


@pytest.fixture
def reader(server: tuple[StripeApi, str]) -> Iterator[ApiReader]:
    with closing(ApiReader(KEY, server[1], max_network_retries=0)) as made:
        yield made


def hold(api: StripeApi, *objects: Object, payouts: dict[str, tuple[str, ...]] | None = None) -> None:
    api.stripe = MemoryStripe(by_id(*objects), payouts)


def failure(reader: ApiReader, what: type[Any], stripe_id: str, account: str = "") -> Failed:
    with pytest.raises(CannotSync) as stopped:
        reader.read(what, stripe_id, account)
    return stopped.value.failed


def test_an_invoice_of_250_lines_comes_whole_and_in_order(api: StripeApi, reader: ApiReader) -> None:
    lines = [make.line(f"il_{number}", number) for number in range(1, 251)]
    hold(api, make.customer(), make.product(), make.price(), make.invoice(lines=lines))
    invoice = reader.read(Invoice, "in_1")
    assert [line.amount.minor for line in invoice.lines] == list(range(1, 251))
    assert {line.price.product_name for line in invoice.lines if line.price} == {"Pro plan"}
    assert api.paths().count("/v1/invoices/in_1/lines") == 3


def test_a_payout_of_230_rows_comes_whole(api: StripeApi, reader: ApiReader) -> None:
    rows = [make.balance_transaction(f"txn_{number}", number, 0, source=f"ch_{number}") for number in range(1, 231)]
    hold(api, make.payout(), *rows, payouts={"po_1": tuple(row["id"] for row in rows)})
    payout = reader.read(Payout, "po_1")
    assert Money.total((row.net for row in payout.balance_transactions), "usd") == Money(sum(range(1, 231)), "usd")
    assert len(api.asked) == 4


def test_120_refunds_of_a_charge_come_whole(api: StripeApi, reader: ApiReader) -> None:
    hold(api, make.charge(customer=None), *(make.refund(f"re_{number}") for number in range(120)))
    assert len(reader.read(Refunds, "ch_1").refunds) == 120


def test_120_products_are_named_with_two_lists(api: StripeApi, reader: ApiReader) -> None:
    def line(number: int) -> Object:
        return make.line(f"il_{number}", pricing={"price_details": {"price": f"price_{number}", "product": f"prod_{number}"}})

    prices = [make.price(f"price_{number}", product=f"prod_{number}") for number in range(120)]
    products = [make.product(f"prod_{number}", name=f"Product {number}") for number in range(120)]
    hold(api, make.customer(), make.invoice(lines=[line(number) for number in range(120)]), *prices, *products)
    names = [line.price.product_name for line in reader.read(Invoice, "in_1").lines if line.price]
    assert names == [f"Product {number}" for number in range(120)]
    assert api.paths().count("/v1/products") == 2


@pytest.mark.parametrize(
    ("what", "stripe_id", "calls"),
    [
        pytest.param(Customer, "cus_1", 1, id="a customer takes 1"),
        pytest.param(Price, "price_1", 1, id="a price takes 1"),
        pytest.param(Charge, "ch_2", 1, id="a charge without a payment intent takes 1"),
        pytest.param(Invoice, "in_1", 5, id="an invoice with a tax rate and a charge takes 5"),
        pytest.param(Charge, "ch_1", 6, id="a charge of that invoice takes 6"),
        pytest.param(Dispute, "du_1", 1, id="a dispute of a charge without invoice takes 1"),
        pytest.param(Payout, "po_1", 2, id="a payout takes 2"),
        pytest.param(Payout, "po_2", 1, id="a manual payout takes 1"),
        pytest.param(Refunds, "ch_2", 2, id="refunds take 2"),
    ],
)
def test_how_many_calls_a_reading_takes(api: StripeApi, reader: ApiReader, what: type[Any], stripe_id: str, calls: int) -> None:
    reader.read(what, stripe_id)
    assert len(api.asked) == calls, api.asked


@pytest.mark.parametrize(
    ("status", "amount_paid", "charged", "then"),
    [
        pytest.param("paid", 4_000, "succeeded", [4_000], id="a paid row counts with what was paid"),
        pytest.param("open", None, "succeeded", [10_000], id="an open row of a succeeded charge counts with what is asked for"),
        pytest.param("canceled", None, "succeeded", [], id="a canceled row does not count"),
        pytest.param("open", None, "failed", [], id="a failed charge pays nothing"),
        pytest.param("paid", 10_000, "failed", [], id="what another try of the same payment paid is not this charge's"),
        pytest.param("open", None, "pending", [], id="a pending charge has not paid yet"),
    ],
)
def test_what_a_charge_paid(api: StripeApi, reader: ApiReader, status: str, amount_paid: int | None, charged: str, then: list[int]) -> None:
    row = make.invoice_payment(status=status, amount_paid=amount_paid)
    hold(api, make.customer(), make.invoice(), row, make.charge(payment_intent="pi_1", status=charged))
    assert [paid.amount.minor for paid in reader.read(Charge, "ch_1").invoices] == then


def test_a_paid_row_wins_over_an_open_one_of_the_same_invoice(api: StripeApi, reader: ApiReader) -> None:
    rows = [make.invoice_payment("inpay_1", status="open", amount_paid=None), make.invoice_payment("inpay_2", amount_paid=7)]
    hold(api, make.customer(), make.invoice(), *rows, make.charge(payment_intent="pi_1"))
    assert [paid.amount.minor for paid in reader.read(Charge, "ch_1").invoices] == [7]


def test_one_charge_may_have_paid_two_invoices(api: StripeApi, reader: ApiReader) -> None:
    rows = [make.invoice_payment("inpay_1", "in_1", amount_paid=6_000), make.invoice_payment("inpay_2", "in_2", amount_paid=4_000)]
    hold(api, make.customer(), make.invoice("in_1"), make.invoice("in_2"), *rows, make.charge(payment_intent="pi_1"))
    assert {paid.invoice.id: paid.amount.minor for paid in reader.read(Charge, "ch_1").invoices} == {"in_1": 6_000, "in_2": 4_000}


@pytest.mark.parametrize(
    ("row", "intent", "then"),
    [
        pytest.param(make.invoice_payment(), make.payment_intent(), "ch_1", id="paid through a payment intent"),
        pytest.param(make.invoice_payment(payment={"type": "charge", "charge": "ch_1"}), None, "ch_1", id="paid by a charge itself"),
        pytest.param(make.invoice_payment(payment={"type": "payment_record", "payment_record": "prec_1"}), None, None, id="paid elsewhere"),
        pytest.param(make.invoice_payment(status="open"), make.payment_intent(status="requires_action"), None, id="not paid yet"),
        pytest.param(make.invoice_payment(status="open"), make.payment_intent(), "ch_1", id="paid, and Stripe has not said so yet"),
    ],
)
def test_the_charge_behind_an_invoices_payment(
    api: StripeApi, reader: ApiReader, row: Object, intent: Object | None, then: str | None
) -> None:
    hold(api, make.customer(), make.charge(), make.invoice(), row, *([intent] if intent else []))
    (payment,) = reader.read(Invoice, "in_1").payments
    assert (payment.charge.id if payment.charge else None) == then


def test_taxed_shipping_is_read_with_its_taxes(api: StripeApi, reader: ApiReader) -> None:
    cost = {"amount_subtotal": 500, "amount_tax": 100, "amount_total": 600, "taxes": [{"amount": 100, "rate": make.tax_rate()}]}
    hold(api, make.customer(), make.invoice(shipping_cost=cost))
    shipping = reader.read(Invoice, "in_1").shipping
    assert shipping is not None
    assert (shipping.amount, shipping.taxes[0].name) == (Money(500, "usd"), "VAT 20%")
    assert any("shipping_cost.taxes" in unquote(each) for each in api.asked)


def test_a_payout_that_is_not_reconciled_is_not_asked_for_its_rows(api: StripeApi, reader: ApiReader) -> None:
    hold(api, make.payout(reconciliation_status="in_progress"), make.balance_transaction(), payouts={"po_1": ("txn_1",)})
    assert reader.read(Payout, "po_1").balance_transactions == ()
    assert api.paths() == ["/v1/payouts/po_1"]


def test_a_tax_rate_that_stripe_has_no_more_lends_its_id(api: StripeApi, reader: ApiReader) -> None:
    hold(api, make.customer(), make.invoice(lines=[make.line(pricing=None, taxes=[make.tax(1, "txr_old"), make.tax(2, "txr_old")])]))
    assert [tax.name for tax in reader.read(Invoice, "in_1").lines[0].taxes] == ["txr_old", "txr_old"]
    assert api.paths().count("/v1/tax_rates/txr_old") == 1


def test_every_request_names_the_pinned_version_and_the_account_and_tells_stripe_nothing_more(api: StripeApi, reader: ApiReader) -> None:
    for _ in range(2):
        reader.read(Customer, "cus_connected", "acct_1")
    reader.read(Customer, "cus_1")
    assert {headers["stripe-version"] for headers in api.headers} == {API_VERSION}
    assert [headers.get("stripe-account") for headers in api.headers] == ["acct_1", "acct_1", None]
    assert {headers["authorization"] for headers in api.headers} == {f"Bearer {KEY}"}
    assert not any("x-stripe-client-telemetry" in headers or "cookie" in headers for headers in api.headers)


def test_one_connection_is_kept_alive_and_shared_by_threads(api: StripeApi, reader: ApiReader) -> None:
    reader.read(Charge, "ch_1")
    with ThreadPoolExecutor(1) as pool:
        pool.submit(reader.read, Charge, "ch_1").result(10)
    assert len(api.peers) == 1


def test_many_threads_read_at_once(api: StripeApi, reader: ApiReader) -> None:
    with ThreadPoolExecutor(8) as pool:
        read = list(pool.map(lambda _: reader.read(Charge, "ch_1"), range(40)))
    assert len(set(map(repr, read))) == 1
    assert len(api.peers) <= 8


def test_no_object_of_the_client_library_is_built(api: StripeApi, reader: ApiReader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stripe.StripeObject, "__init__", lambda *_, **__: pytest.fail("a StripeObject was built"))
    assert reader.read(Charge, "ch_1").id == "ch_1"


@pytest.mark.parametrize("stripe_id", ["", ".", "..", "../charges", "cus_1/sources", "cus_1?expand=x", "cus 1", "cus_1#x", "%2e%2e"])
def test_an_id_that_would_change_the_path_is_refused_unasked(api: StripeApi, reader: ApiReader, stripe_id: str) -> None:
    assert failure(reader, Customer, stripe_id).kind is Kind.REFUSED
    assert api.asked == []


LACKING = (
    "The provided key 'rk_test_*********abcdef' does not have the required permissions for this endpoint on account 'acct_9'. "
    "Having the 'rak_customer_read' permission would allow this request to continue."
)
OTHER_MODE = "No such customer: 'cus_1'; a similar object exists in live mode, but a test mode key was used to make this request."
NO_ACCOUNT = "The provided key 'rk_test_*********abcdef' does not have access to account 'acct_1' (or that account does not exist)."


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        pytest.param(
            stripe_error(404, "No such customer: 'cus_1'", code="resource_missing"), Kind.GONE, "customers cus_1", id="404 is gone"
        ),
        pytest.param(stripe_error(400, "No such customer", code="resource_missing"), Kind.GONE, "cus_1", id="resource_missing is gone"),
        pytest.param(stripe_error(401, "Invalid API Key provided: rk_test_abc"), Kind.MISCONFIGURED, "API key", id="401 is the key"),
        pytest.param(stripe_error(403, LACKING), Kind.MISCONFIGURED, "customer_read", id="403 names the right that lacks"),
        pytest.param(stripe_error(403, "No permission."), Kind.MISCONFIGURED, "customer_read", id="403 without a name still names it"),
        pytest.param(stripe_error(404, OTHER_MODE, code="resource_missing"), Kind.MISCONFIGURED, "live mode", id="the other mode's key"),
        pytest.param(
            stripe_error(404, "Unrecognized request URL (GET: /v1/x)."), Kind.MISCONFIGURED, "does not speak", id="no such address"
        ),
        pytest.param(HTMLResponse("<html>hello</html>", 404), Kind.MISCONFIGURED, "does not speak", id="a web server that is not Stripe"),
        pytest.param(HTMLResponse("<html>hello</html>"), Kind.MISCONFIGURED, "does not speak", id="a proxy's page"),
        pytest.param(JSONResponse([]), Kind.MISCONFIGURED, "does not speak", id="JSON that is no object"),
        pytest.param(stripe_error(400, "Bad expand", param="expand"), Kind.REFUSED, "Bad expand", id="400 is refused"),
        pytest.param(stripe_error(429, "Slow down", {"Retry-After": "7"}), Kind.BUSY, "429", id="429 is busy"),
        pytest.param(stripe_error(409, "Conflict"), Kind.BUSY, "409", id="409 is busy"),
        pytest.param(stripe_error(500, "Oops"), Kind.BUSY, "500", id="500 is busy"),
        pytest.param(HTMLResponse("<html>bad gateway</html>", 502), Kind.BUSY, "502", id="a gateway's page is busy"),
    ],
)
def test_stripes_errors(api: StripeApi, reader: ApiReader, answer: Response, kind: Kind, words: str) -> None:
    api.script.append(answer)
    failed = failure(reader, Customer, "cus_1")
    assert failed.kind is kind
    assert words in failed.message
    assert failed.remedy


def test_what_lacks_on_a_connected_account_is_the_account(api: StripeApi, reader: ApiReader) -> None:
    api.script.append(stripe_error(403, NO_ACCOUNT, code="account_invalid"))
    failed = failure(reader, Customer, "cus_1", "acct_1")
    assert (failed.kind, failed.code) == (Kind.MISCONFIGURED, "account_invalid")
    assert "acct_1" in failed.message


@pytest.mark.parametrize(("asked", "seconds"), [("7", 7), ("", 0), ("soon", 0), ("Wed, 21 Oct 2026 07:28:00 GMT", 0)])
def test_how_long_stripe_asks_to_wait(api: StripeApi, reader: ApiReader, asked: str, seconds: int) -> None:
    api.script.append(stripe_error(429, "Slow down", {"Retry-After": asked}, code="rate_limit"))
    failed = failure(reader, Customer, "cus_1")
    assert (failed.retry_after_s, failed.code) == (seconds, "rate_limit")


@pytest.mark.parametrize("page", [{"data": [], "has_more": True}, {"object": "list"}, {"data": None, "has_more": False}])
def test_a_list_that_never_ends_or_is_none_is_no_list(api: StripeApi, reader: ApiReader, page: Object) -> None:
    api.script += [JSONResponse(make.payout()), JSONResponse(page)]
    assert failure(reader, Payout, "po_1").kind is Kind.MISCONFIGURED


def test_an_outage_of_a_moment_is_not_noticed(api: StripeApi, server: tuple[StripeApi, str]) -> None:
    api.script.append(stripe_error(503, "Moment"))
    with closing(ApiReader(KEY, server[1], max_network_retries=1)) as patient:
        assert patient.read(Customer, "cus_1").name == "Ada"
    assert len(api.asked) == 2


def test_429_is_left_to_the_retry_policy(api: StripeApi, server: tuple[StripeApi, str]) -> None:
    api.script.append(stripe_error(429, "Slow down"))
    with closing(ApiReader(KEY, server[1], max_network_retries=2)) as patient:
        assert failure(patient, Customer, "cus_1").kind is Kind.BUSY
    assert len(api.asked) == 1


@contextmanager
def silent_listener() -> Iterator[str]:
    """It takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_a_stripe_that_does_not_answer_in_time_is_busy() -> None:
    with silent_listener() as url, closing(ApiReader(KEY, url, timeout_s=0.1, max_network_retries=0)) as reader:
        assert failure(reader, Customer, "cus_1").kind is Kind.BUSY


def test_a_stripe_that_is_not_there_is_busy() -> None:
    with silent_listener() as url:
        pass
    with closing(ApiReader(KEY, url, max_network_retries=0)) as reader:
        assert failure(reader, Customer, "cus_1").kind is Kind.BUSY


def test_no_key_and_no_payload_reaches_a_log_or_a_message(api: StripeApi, reader: ApiReader, caplog: pytest.LogCaptureFixture) -> None:
    api.script.append(stripe_error(400, f"Bad thing about {KEY}"))
    with caplog.at_level(logging.DEBUG):
        failed = failure(reader, Customer, "cus_1")
        reader.read(Customer, "cus_1")
    told = caplog.text + repr(failed)
    assert KEY not in told
    assert "ada@example.com" not in told
