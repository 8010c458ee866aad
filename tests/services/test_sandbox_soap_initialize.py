"""SOAP's initialize in the sandbox: which record is filled in from which, with what, that nothing is stored, and that `add` takes it. All operations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import pytest
from lxml import etree

from adapters.netsuite.emulator import SANDBOX_CHART
from adapters.netsuite.emulator.soap import SoapEndpoint
from adapters.netsuite.emulator.soap_shapes import CORE, MESSAGES, OPERATIONS
from adapters.netsuite.emulator.soap_writing import envelope
from adapters.netsuite.emulator.transforms import INITIALIZED
from adapters.netsuite.xml import Element, child, children, local, parse, text_of
from services.sandbox.netsuite import netsuite_app
from tests.adapters.netsuite_account import Api, applied, eid, invoice, items, payment, trading
from tests.services.loopback import served
from tests.services.test_sandbox_soap import fault_of, posted
from tests.soap import FOLDER, needs_wsdl

pytestmark = [needs_wsdl, pytest.mark.xdist_group("soap")]


@dataclass
class Account:
    """A customer with an invoice of 100 (70 and 30), of which 40 are paid, a memo of 20, a customer deposit and a cash sale."""

    api: Api
    address: str

    def initialized(self, target: str, reference: str, *more: str) -> tuple[str, Element | None]:
        """NetSuite's code ("" for a success) and the record."""
        what = f"<initializeRecord><core:type>{target}</core:type>{reference}{''.join(more)}</initializeRecord>"
        status, answer = posted(self.address, f"<initialize>{what}</initialize>")
        assert status == 200, etree.tostring(answer)
        read = child(answer, "readResponse")
        return text_of(read, "status", "statusDetail", "code"), child(read, "record")

    def count(self) -> int:
        return len(self.api.netsuite.transactions())


@pytest.fixture
def account() -> Iterator[Account]:
    api = trading()
    sold = api.post("invoice", invoice("in_1", 70, 30))
    api.post("customerPayment", payment("ch_1", 40, (sold, 40)))
    api.post("creditMemo", invoice("cn_1", 20))
    api.post("customerDeposit", {"externalId": "ch_2", "customer": eid("cus_1"), "payment": 50})
    api.post("cashSale", invoice("ch_3", 29))
    with served(netsuite_app(api.netsuite, wsdl=FOLDER)) as address:
        yield Account(api, address)


def of(kind: str, external_id: str) -> str:
    return f'<core:reference type="{kind}" externalId="{external_id}"/>'


SOURCES = {"customer": "cus_1", "invoice": "in_1", "creditMemo": "cn_1", "customerDeposit": "ch_2", "cashSale": "ch_3"}
ITEM_70_30 = ["70", "30"]


def told(record: Element | None) -> dict[str, object]:
    """What is filled in: references as external ids where the account knows them, the amounts of lines, what is applied."""
    lists = {"itemList": "item", "applyList": "apply"}
    shown = {name: [text_of(line, "amount") for line in children(child(record, name))] for name in lists if child(record, name) is not None}
    names = ("entity", "customer", "account", "arAcct", "createdFrom", "deposit", "currency")
    references = {name: found.get("internalId", "") for name in names if (found := child(record, name)) is not None}
    return {**references, **({"payment": text_of(record, "payment")} if child(record, "payment") is not None else {}), **shown}


def test_each_pair_of_the_help_is_filled_in_and_nothing_is_stored(account: Account) -> None:
    before = account.count()
    api = account.api
    ids = {source: str(api.get(source, f"eid:{external_id}")["id"]) for source, external_id in SOURCES.items()}
    receivable, bank = SANDBOX_CHART.receivable, SANDBOX_CHART.undeposited_funds
    who, usd = ids["customer"], "1"
    sale: dict[str, object] = {"entity": who, "currency": usd}
    money: dict[str, object] = {"customer": who, "currency": usd}
    wanted: dict[tuple[str, str], dict[str, object]] = {
        ("customer", "invoice"): sale,
        ("customer", "creditMemo"): sale,
        ("customer", "customerPayment"): money,
        ("customer", "customerRefund"): money,
        ("invoice", "creditMemo"): {**sale, "account": receivable, "createdFrom": ids["invoice"], "itemList": ITEM_70_30},
        ("invoice", "customerPayment"): {**money, "arAcct": receivable, "payment": "60.00", "applyList": ["60.00"]},
        ("creditMemo", "customerRefund"): {**money, "arAcct": receivable, "applyList": ["20.00"]},
        ("customerDeposit", "depositApplication"): {**money, "deposit": ids["customerDeposit"]},
        ("cashSale", "cashRefund"): {**sale, "account": bank, "createdFrom": ids["cashSale"], "itemList": ["29"]},
    }
    assert wanted.keys() == INITIALIZED.keys()
    for (source, target), filled in wanted.items():
        code, record = account.initialized(target, of(source, SOURCES[source]))
        assert (code, exact(told(record))) == ("", exact(filled)), (source, target)
        assert record is not None
        assert "internalId" not in record.attrib
        assert text_of(record, "tranDate").startswith("2026-03-1")
    assert account.count() == before


def exact(filled: dict[str, object]) -> dict[str, object]:
    """Amounts by their worth, however many noughts they have."""
    return {
        name: [Decimal(each) for each in value] if isinstance(value, list) else Decimal(str(value)) if name == "payment" else value
        for name, value in filled.items()
    }


@pytest.mark.parametrize(
    ("source", "target", "due"),
    [
        ("invoice", "customerPayment", Decimal(0)),
        ("invoice", "creditMemo", Decimal(60)),
        ("creditMemo", "customerRefund", Decimal(60)),
        ("cashSale", "cashRefund", Decimal(60)),
    ],
)
def test_what_is_initialized_is_added_as_it_is(account: Account, source: str, target: str, due: Decimal) -> None:
    _, record = account.initialized(target, of(source, SOURCES[source]))
    assert record is not None
    record.set("externalId", "new_1")
    day = child(record, "tranDate")
    if target == "customerRefund" and day is not None:
        day.addnext(parse(f'<account xmlns="{etree.QName(day).namespace}" internalId="110"/>'.encode()))
    before = account.count()
    status, answer = posted(account.address, f"<add>{etree.tostring(record).decode()}</add>")
    written = child(answer, "writeResponse", "status")
    assert status == 200
    assert written is not None
    assert (written.get("isSuccess"), text_of(written, "statusDetail", "message")) == ("true", "")
    assert account.count() == before + 1
    assert account.api.get(target, "eid:new_1")["total"] > 0
    assert account.api.get("invoice", "eid:in_1")["amountRemaining"] == due


def test_an_ar_account_may_be_named_for_a_customers_payment_alone(account: Account) -> None:
    aux = '<core:auxReference type="{}" internalId="{}"/>'
    _, record = account.initialized("customerPayment", of("customer", "cus_1"), aux.format("arAccount", SANDBOX_CHART.receivable))
    assert told(record)["arAcct"] == SANDBOX_CHART.receivable
    assert account.initialized("customerPayment", of("customer", "cus_1"), aux.format("arAccount", "9999"))[0] == "INVALID_KEY_OR_REF"
    for target, kind in (("creditMemo", "arAccount"), ("customerPayment", "apAccount")):
        assert account.initialized(target, of("customer", "cus_1"), aux.format(kind, "1"))[0] == "INVALID_INITIALIZE_AUXREF"


@pytest.mark.parametrize(
    ("target", "reference", "code"),
    [
        pytest.param("cashRefund", of("invoice", "in_1"), "INVALID_INITIALIZE_REF", id="another pair"),
        pytest.param("salesOrder", of("customer", "cus_1"), "INVALID_INITIALIZE_ARG", id="a type that is not emulated"),
        pytest.param("customerPayment", "", "INITIALIZE_ARG_REQD", id="no reference"),
        pytest.param("customerPayment", of("invoice", "in_9"), "RCRD_DSNT_EXIST", id="no such record"),
        pytest.param("customerPayment", of("invoice", "cn_1"), "RCRD_DSNT_EXIST", id="a record of another type"),
        pytest.param(
            "creditMemo",
            '<core:referenceList><core:initializeRef type="invoice" internalId="1"/></core:referenceList>',
            "USER_ERROR",
            id="a list of references",
        ),
    ],
)
def test_any_other_is_refused(account: Account, target: str, reference: str, code: str) -> None:
    assert account.initialized(target, reference) == (code, None)


def test_of_what_is_settled_no_settlement_is_initialized(account: Account) -> None:
    sold = account.api.get("invoice", "eid:in_1")["id"]
    account.api.post("customerPayment", payment("ch_4", 60, (sold, 60)))
    assert account.initialized("customerPayment", of("invoice", "in_1")) == ("INVALID_INITIALIZE_REF", None)


def test_a_deposit_cannot_be_initialized(account: Account) -> None:
    record = f"<initializeRecord><core:type>deposit</core:type>{of('customer', 'cus_1')}</initializeRecord>"
    assert fault_of(posted(account.address, f"<initialize>{record}</initialize>")) == (500, "", "")


def test_of_a_list_each_is_initialized_alone(account: Account) -> None:
    one = "<initializeRecord><core:type>customerPayment</core:type>{}</initializeRecord>"
    many = "".join(one.format(each) for each in (of("customer", "cus_1"), of("invoice", "in_9"), of("invoice", "in_1")))
    status, answer = posted(account.address, f"<initializeList>{many}</initializeList>")
    found = [
        (text_of(each, "status", "statusDetail", "code"), text_of(each, "record", "payment"))
        for each in children(answer[0], "readResponse")
    ]
    assert (status, found) == (200, [("", ""), ("RCRD_DSNT_EXIST", ""), ("", "60.00")])


def test_a_transform_of_rest_shares_the_pairs_that_both_have() -> None:
    api = trading()
    sold = api.post("cashSale", invoice("ch_1", 29))
    held = api.post("customerDeposit", {"externalId": "ch_2", "customer": eid("cus_1"), "payment": 50})
    assert api.call("POST", f"/cashSale/{sold}/!transform/cashRefund", {"externalId": "re_1"}).status == 204
    assert api.get("cashRefund", "eid:re_1")["total"] == 29
    by_hand = api.refusal("POST", f"/customerDeposit/{held}/!transform/depositApplication", {"apply": items(applied(sold, 5))})
    assert by_hand[2] == "This sandbox does not emulate deposit applications made by hand."
    assert api.refusal("POST", "/customer/eid:cus_1/!transform/creditMemo", {})[1] == "INVALID_REQUEST"


# All operations


def test_every_operation_of_the_wsdl_is_known_and_answered_or_refused_by_its_name() -> None:
    port = re.search(r"<portType.*?</portType>", (FOLDER / "netsuite.wsdl").read_text(), re.DOTALL)
    assert port is not None
    assert set(re.findall(r'<operation name="(\w+)"', port[0])) == OPERATIONS
    limits = {"accountConcurrencyLimit": 5, "accountUnallocatedConcurrencyLimit": 5, "integrationLimitType": "accountLimit"}
    endpoint = SoapEndpoint(trading().netsuite, lambda: limits)
    refused = set()
    for name in sorted(OPERATIONS):
        reply = endpoint.handle(parse(envelope(etree.Element(f"{{{MESSAGES}}}{name}"))))
        body = child(parse(reply.body), "Body")
        assert body is not None
        if text_of(body, "Fault", "faultstring") == f"This sandbox does not emulate the operation {name}.":
            refused.add(name)
        else:
            assert reply.status in (200, 500)
            assert local(body[0]) in ("Fault", f"{name}Response")
    answered = {"add", "update", "upsert", "get", "getAll", "initialize", "search", "searchMoreWithId", "getServerTime"} | {
        *("addList", "updateList", "upsertList", "getList", "initializeList", "getAccountGovernanceInfo", "getIntegrationGovernanceInfo")
    }
    assert OPERATIONS - refused == answered
    unknown = endpoint.handle(parse(envelope(etree.Element(f"{{{MESSAGES}}}frobnicate"))))
    assert (unknown.status, b"There is no operation frobnicate." in unknown.body) == (500, True)
    foreign = endpoint.handle(parse(envelope(etree.Element(f"{{{CORE}}}get"))))
    assert (foreign.status, b"no operation of this version" in foreign.body) == (500, True)
