"""SuiteTax: an invoice's taxes as tax details, over both protocols; an account on legacy tax takes none of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from decimal import Decimal

import pytest

from adapters.netsuite.codec import creation, dumps
from adapters.netsuite.emulator import NetSuite, Preferences
from adapters.netsuite.memory import MemoryBooks
from core.outcome import CannotSync
from core.ports import NetSuiteBooks
from core.records import Internal, TaxDetail
from tests.adapters.netsuite_records import KNOWN, ada, coupon, invoice, plan_item, usd
from tests.contracts.netsuite_books import written
from tests.soap import needs_wsdl, soap_books

(SOLD, DISCOUNT) = invoice.item
TAX = TaxDetail("1", Internal("12"), usd("90.00"), Decimal("8.25"), usd("7.43"), "5")
TAXED = replace(invoice, item=(replace(SOLD, tax_details_reference="1"), DISCOUNT), tax_details=(TAX,), tax_details_override=True)


@contextmanager
def rest(netsuite: NetSuite) -> Iterator[NetSuiteBooks]:
    yield MemoryBooks(netsuite)


Opened = Callable[[NetSuite], AbstractContextManager[NetSuiteBooks]]
PROTOCOLS = [pytest.param(rest, id="REST"), pytest.param(soap_books, id="SOAP", marks=needs_wsdl)]


@pytest.mark.parametrize("opened", PROTOCOLS)
def test_what_was_written_is_what_is_held_and_its_total_has_the_tax(opened: Opened) -> None:
    netsuite = NetSuite(preferences=Preferences(suite_tax=True))
    with opened(netsuite) as books:
        ids = written(books, ada, plan_item, coupon, TAXED)
        assert books.compare(TAXED, ids) == ()
        changed = replace(TAXED, tax_details=(replace(TAX, tax_amount=usd("7.42")),))
        difference = books.compare(changed, ids)
        assert difference is not None
        assert [each.field for each in difference] == ["taxDetails[0].taxAmount"]
        books.bring_into_line(changed, ids)
        assert books.compare(changed, ids) == ()
    (held,) = netsuite.records("invoice")
    assert held.fields["total"] == changed.total.decimal == Decimal("97.42")


@pytest.mark.parametrize("opened", PROTOCOLS)
def test_an_account_on_legacy_tax_refuses_it_and_holds_nothing(opened: Opened) -> None:
    netsuite = NetSuite()
    with opened(netsuite) as books:
        ids = written(books, ada, plan_item, coupon)
        with pytest.raises(CannotSync):
            books.create(TAXED, ids)
    assert netsuite.records("invoice") == ()


def test_the_body_names_each_tax_by_its_line() -> None:
    body = dumps(creation(TAXED, KNOWN))
    assert b'"price":{"id":"-1"}' in body
    assert b'"taxDetailsReference":"1"' in body
    detail = (
        b'"taxDetails":{"items":[{"taxDetailsReference":{"id":"1"},"taxCode":{"id":"12"},"taxBasis":90.00,"taxRate":8.25,"taxAmount":7.43,'
        b'"taxType":"5"}]},"taxDetailsOverride":true'
    )
    assert detail in body
