"""The sandbox's SOAP as a client of any make meets it: logins, versions, limits, lists, what is replaced and what is emptied, one account for both wires."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import requests
from starlette.responses import Response

from adapters.netsuite.bookings import RestLedger
from adapters.netsuite.emulator import NetSuite
from adapters.netsuite.emulator.hindrances import Hindrance, What
from adapters.netsuite.emulator.soap_shapes import CORE, MESSAGES
from adapters.netsuite.memory import InProcessTransport, MemoryBooks
from adapters.netsuite.soap import SoapBooks
from adapters.netsuite.soap_account import SoapAccountInfo
from adapters.netsuite.soap_client import SoapClient
from adapters.netsuite.soap_ledger import SoapLedger
from adapters.netsuite.soap_login import passport_signature
from adapters.netsuite.soap_wsdl import ORACLE, PORT, WSDL, Wsdl
from adapters.netsuite.transport import Endpoint, TokenCredentials
from adapters.netsuite.xml import Element, child, children, local, parse, text_of
from core.outcome import CannotSync, Failed, Kind
from core.records import External, RecordType, key
from services.sandbox.netsuite import SANDBOX_CREDENTIALS, Fault, NetSuiteApp, netsuite_app
from services.sandbox.netsuite.faults import Trouble
from services.sandbox.netsuite.governance import Limits
from tests.adapters.netsuite_records import CUSTOMER, INVOICE, ada, coupon, deposit, invoice, payment, plan_item
from tests.contracts.netsuite_books import FLOW, written
from tests.services.loopback import served
from tests.soap import FOLDER, needs_wsdl, soap_client

pytestmark = [needs_wsdl, pytest.mark.xdist_group("soap")]
KEYS = TokenCredentials(
    SANDBOX_CREDENTIALS.consumer_key, SANDBOX_CREDENTIALS.consumer_secret, SANDBOX_CREDENTIALS.token, SANDBOX_CREDENTIALS.token_secret
)
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


@pytest.fixture
def app() -> NetSuiteApp:
    return netsuite_app(NetSuite(), wsdl=FOLDER)


@pytest.fixture
def client(app: NetSuiteApp) -> Iterator[SoapClient]:
    with soap_client(app) as client:
        yield client


@pytest.fixture
def address(app: NetSuiteApp) -> Iterator[str]:
    with served(app) as address:
        yield address


def passport(**changes: str) -> str:
    given = {
        "account": SANDBOX_CREDENTIALS.account,
        "nonce": f"n{time.time_ns()}",
        "timestamp": str(int(time.time())),
        "algorithm": "HMAC-SHA256",
    } | changes
    signature = given.get("signature") or passport_signature(given["account"], KEYS, given["nonce"], given["timestamp"])
    return (
        f'<tokenPassport xmlns="{MESSAGES}" xmlns:c="{CORE}"><c:account>{given["account"]}</c:account><c:consumerKey>{KEYS.consumer_key}</c:consumerKey>'
        f"<c:token>{KEYS.token_id}</c:token><c:nonce>{given['nonce']}</c:nonce><c:timestamp>{given['timestamp']}</c:timestamp>"
        f'<c:signature algorithm="{given["algorithm"]}">{signature}</c:signature></tokenPassport>'
    )


def posted(address: str, operation: str, header: str | None = None, port: str = PORT) -> tuple[int, Element]:
    """Status and body of a raw call; `operation` in the messages' namespace."""
    text = (
        f'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header>{passport() if header is None else header}</s:Header>'
        f'<s:Body xmlns="{MESSAGES}" xmlns:core="{CORE}" {XSI}>{operation}</s:Body></s:Envelope>'
    )
    reply = requests.post(address + port, data=text.encode(), headers={"Content-Type": "text/xml"}, timeout=10)
    body = child(parse(reply.content), "Body")
    assert body is not None
    return reply.status_code, body[0]


TIME = "<getServerTime/>"


def fault_of(answer: tuple[int, Element]) -> tuple[int, str, str]:
    """Status, name of the fault ("" without a detail), its code."""
    status, fault = answer
    detail = next(children(child(fault, "detail")), None)
    return status, "" if detail is None else local(detail), text_of(detail, "code")


# Who may come in


def test_a_good_passport_comes_in_once(address: str) -> None:
    header = passport()
    assert posted(address, TIME, header)[0] == 200
    assert fault_of(posted(address, TIME, header)) == (500, "invalidCredentialsFault", "INVALID_LOGIN_CREDENTIALS"), "its nonce is used"


@pytest.mark.parametrize(
    "header",
    [
        pytest.param("", id="none"),
        pytest.param(passport(account="OTHER"), id="another account"),
        pytest.param(passport(timestamp="1"), id="an old time"),
        pytest.param(passport(nonce="short"), id="a nonce too short"),
        pytest.param(passport(nonce="not-alphanumeric"), id="a nonce of other signs"),
        pytest.param(passport(algorithm="HMAC-SHA1"), id="a signature of old"),
        pytest.param(passport(signature="bm8="), id="a wrong signature"),
        pytest.param(f'{passport()}<applicationInfo xmlns="{MESSAGES}"><applicationId>1</applicationId></applicationInfo>', id="ambiguous"),
    ],
)
def test_any_other_does_not(address: str, app: NetSuiteApp, header: str) -> None:
    assert fault_of(posted(address, TIME, header)) == (500, "invalidCredentialsFault", "INVALID_LOGIN_CREDENTIALS")
    assert app.calls.calls()[-1].note, "the log says why"


def test_another_version_is_refused_as_such(address: str) -> None:
    assert fault_of(posted(address, TIME, port="/services/NetSuitePort_2023_2"))[1:] == ("invalidVersionFault", "UNSUPPORTED_WS_VERSION")


@pytest.mark.parametrize(
    "operation",
    [
        pytest.param("<frobnicate/>", id="no operation of the WSDL's"),
        pytest.param('<get><baseRef xsi:type="core:RecordRef" kind="invoice"/></get>', id="an attribute that is none"),
        pytest.param("<delete/>", id="an operation that is not emulated"),
    ],
)
def test_what_is_not_understood_is_a_fault_without_detail_and_nothing_happens(address: str, operation: str) -> None:
    assert fault_of(posted(address, operation)) == (500, "", "")


def test_broken_xml_is_a_fault(address: str) -> None:
    for text in (b"", b"<x>", b'<!DOCTYPE x [<!ENTITY e "e">]><x>&e;</x>'):
        reply = requests.post(address + PORT, data=text, timeout=10)
        assert (reply.status_code, b"SAXException" in reply.content) == (500, True)


# The WSDL


def test_the_wsdl_is_fetched_once_from_the_accounts_own_address_whatever_host_it_names(app: NetSuiteApp, tmp_path: Path) -> None:
    asked: list[str] = []
    text = (
        (FOLDER / "netsuite.wsdl")
        .read_text()
        .replace('schemaLocation="./xsd/', f'schemaLocation="https://{ORACLE}{WSDL.removesuffix("netsuite.wsdl")}xsd/')
    )

    async def oracle(scope: Any, receive: Any, send: Any) -> None:
        asked.append(scope["path"])
        if scope["path"] == WSDL:
            await Response(text, media_type="text/xml")(scope, receive, send)
        else:
            await app(scope, receive, send)

    with served(oracle) as address:
        endpoint = Endpoint.of(SANDBOX_CREDENTIALS.account, address)
        assert Wsdl.of_account(endpoint, tmp_path).type("Invoice")
        assert len(asked) == len(set(asked)) > 40
        assert Wsdl.of_account(endpoint, tmp_path).type("Invoice")
    assert len(asked) == len(set(asked)), "the second time from the folder"


@pytest.mark.parametrize(
    ("status", "text", "said", "told"),
    [
        pytest.param(200, "<html>Log in</html>", "cannot be read as NetSuite's WSDL", Kind.MISCONFIGURED, id="another page"),
        pytest.param(
            200, '<!DOCTYPE x [<!ENTITY e "e">]><x>&e;</x>', "cannot be read as NetSuite's WSDL", Kind.MISCONFIGURED, id="a document type"
        ),
        pytest.param(404, "", "does not give /wsdl/v2025_2_0/netsuite.wsdl", Kind.MISCONFIGURED, id="none"),
        pytest.param(503, "", "without saying why", Kind.BUSY, id="not now"),
    ],
)
def test_a_wsdl_that_is_none_is_told_and_asked_for_again(status: int, text: str, said: str, told: Kind, tmp_path: Path) -> None:
    with served(Response(text, status)) as address:
        wsdl = Wsdl.of_account(Endpoint.of("1", address), tmp_path)
        for _ in range(2):
            with pytest.raises(CannotSync, match=said) as stopped:
                wsdl.type("Invoice")
            assert stopped.value.failed.kind is told
    assert not list(tmp_path.rglob("*.*")), "nothing of it is kept"


def test_a_wsdl_that_would_have_us_ask_elsewhere_is_refused(tmp_path: Path) -> None:
    text = (FOLDER / "netsuite.wsdl").read_text()
    (tmp_path / "netsuite.wsdl").write_text(re.sub(r'schemaLocation="\./xsd/', 'schemaLocation="http://127.0.0.1:9/xsd/', text))
    with pytest.raises(CannotSync, match="cannot be read") as stopped:
        Wsdl.of_file(tmp_path / "netsuite.wsdl").type("Invoice")
    assert stopped.value.failed.kind is Kind.MISCONFIGURED


def test_a_wsdl_of_another_version_is_refused(tmp_path: Path) -> None:
    old = tmp_path / "netsuite.wsdl"
    old.write_text('<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" targetNamespace="urn:platform_2023_2.webservices.netsuite.com"/>')
    with pytest.raises(CannotSync, match="is not of the version 2025_2"):
        Wsdl.of_file(old).type("Invoice")


def test_no_file_beside_the_wsdl_is_served(address: str) -> None:
    for path in ("/wsdl/v2025_2_0/../../../README.md", "/wsdl/v2025_2_0/%2e%2e/%2e%2e/README.md", "/wsdl/v2023_2_0/netsuite.wsdl"):
        assert requests.get(address + path, timeout=10).status_code == 404


# Lists


def coupons(count: int, start: int = 0) -> list[Any]:
    return [replace(coupon, external_id=f"C{number}", item_id=f"Coupon {number}") for number in range(start, start + count)]


def test_of_a_list_each_record_succeeds_or_fails_alone_in_the_order_of_the_request(client: SoapClient, app: NetSuiteApp) -> None:
    books = SoapBooks(client)
    ids = written(books, ada, plan_item, coupon)
    wrong = replace(invoice, external_id="in_2", entity=External(RecordType.CUSTOMER, "cus_9"))
    other = replace(invoice, external_id="in_3")
    first, second, third = books.create_many([invoice, wrong, other], ids)
    assert [first, third] == [books.find(INVOICE), books.find(key(other))]
    assert isinstance(second, Failed)
    assert (second.kind, second.record, second.code) == (Kind.REFUSED, str(key(wrong)), "INVALID_KEY_OR_REF")
    assert books.create_many([invoice], ids) == [None]
    assert [call.method for call in app.calls.calls()].count("addList") == 2


@pytest.mark.parametrize(("operation", "most"), [("addList", 200), ("updateList", 100), ("upsertList", 100), ("getList", 1000)])
def test_a_list_beyond_the_limit_is_refused_whole(address: str, app: NetSuiteApp, operation: str, most: int) -> None:
    record = '<record xsi:type="a:DiscountItem" xmlns:a="urn:accounting_2025_2.lists.webservices.netsuite.com" externalId="C{0}"><a:itemId>C{0}</a:itemId></record>'
    ref = '<baseRef xsi:type="core:RecordRef" type="discountItem" externalId="C{0}"/>'
    one = ref if operation == "getList" else record
    many = "".join(one.format(number) for number in range(most + 1))
    assert fault_of(posted(address, f"<{operation}>{many}</{operation}>")) == (500, "exceededRecordCountFault", "MAX_RCRDS_EXCEEDED")
    assert not app.netsuite.records("discountItem")
    status, answer = posted(address, f"<{operation}>{one.format(1)}</{operation}>")
    assert (status, local(answer)) == (200, f"{operation}Response")


def test_upsert_goes_by_external_id_alone(address: str) -> None:
    item = '<upsert><record xsi:type="a:DiscountItem" xmlns:a="urn:accounting_2025_2.lists.webservices.netsuite.com" {}><a:itemId>C</a:itemId></record></upsert>'
    for attributes, said in (
        ('internalId="5" externalId="C"', "You cannot set internalId with upsert."),
        ("", "You must set externalId with upsert."),
    ):
        _, answer = posted(address, item.format(attributes))
        status = child(answer, "writeResponse", "status")
        assert status is not None
        assert (status.get("isSuccess"), text_of(status, "statusDetail", "code"), text_of(status, "statusDetail", "message")) == (
            "false",
            "USER_ERROR",
            said,
        )


# What is replaced, what is emptied


def invoiced(client: SoapClient) -> SoapBooks:
    books = SoapBooks(client)
    written(books, ada, plan_item, coupon, invoice)
    return books


SALES = 'xmlns:s="urn:sales_2025_2.transactions.webservices.netsuite.com" xmlns:core="urn:core_2025_2.platform.webservices.netsuite.com"'


@pytest.mark.parametrize(("said", "lines"), [("", 1), ('replaceAll="true"', 1), ('replaceAll="false"', 3)])
def test_a_list_replaces_what_was_there_unless_it_is_told_not_to(
    client: SoapClient, app: NetSuiteApp, address: str, said: str, lines: int
) -> None:
    invoiced(client)
    line = '<s:item><s:item externalId="price_1"/><s:amount>7</s:amount></s:item>'
    posted(
        address, f'<update><record xsi:type="s:Invoice" {SALES} externalId="in_1"><s:itemList {said}>{line}</s:itemList></record></update>'
    )
    (held,) = app.netsuite.records("invoice")
    assert len(held.fields["item"]) == lines


def test_a_field_in_the_null_field_list_is_emptied_and_an_absent_one_stays(client: SoapClient, app: NetSuiteApp, address: str) -> None:
    invoiced(client)
    emptied = "<core:nullFieldList><core:name>memo</core:name></core:nullFieldList>"
    status, _ = posted(address, f'<update><record xsi:type="s:Invoice" {SALES} externalId="in_1">{emptied}</record></update>')
    (held,) = app.netsuite.records("invoice")
    assert (status, "memo" in held.fields, held.fields["otherRefNum"]) == (200, False, "A-0001")


@pytest.mark.parametrize("currency", ["eur", "gbp"])
def test_a_customers_further_currency_takes_none_away(client: SoapClient, app: NetSuiteApp, currency: str) -> None:
    books = SoapBooks(client)
    (number,) = written(books, ada).values()
    for ref in (CUSTOMER, CUSTOMER):
        books.allow_currency(ref, currency)
    (held,) = app.netsuite.records("customer")
    assert [line["currency"]["id"] for line in held.fields["currencyList"]] == ["1", {"eur": "4", "gbp": "2"}[currency]]
    assert held.id == number


# One account for both wires


def test_what_soap_writes_rest_reads_and_the_other_way_round(client: SoapClient, app: NetSuiteApp) -> None:
    soap, rest = SoapBooks(client), MemoryBooks(app.netsuite)
    ids = written(soap, ada, plan_item, coupon, invoice)
    assert [rest.compare(record, ids) for record in (ada, plan_item, coupon, invoice)] == [()] * 4
    ids[key(payment)] = str(rest.create(payment, ids))
    members = replace(deposit, payment=deposit.payment[:1])
    ids[key(members)] = str(soap.create(members, ids))
    assert [soap.compare(record, ids) for record in (payment, members)] == [(), ()]
    assert rest.compare(members, ids) == ()
    assert soap.read(INVOICE) == rest.read(INVOICE)
    assert soap.read(key(payment)) == rest.read(key(payment))


def test_both_wires_share_one_limit(app: NetSuiteApp, client: SoapClient) -> None:
    app.governance.limits = Limits(account=5, others=5)
    with pytest.raises(CannotSync) as stopped:
        SoapBooks(client).find(CUSTOMER)
    assert (stopped.value.failed.kind, stopped.value.failed.code) == (Kind.BUSY, "WS_REQUEST_BLOCKED")
    app.governance.limits = Limits(account=5, integration=2)
    assert SoapAccountInfo(client).concurrency_limit() == 2


def test_without_room_a_call_is_tried_again_with_a_new_passport(app: NetSuiteApp, client: SoapClient) -> None:
    app.faults.script(Fault(Trouble.BUSY))
    assert SoapBooks(client).find(CUSTOMER) is None
    assert [call.status for call in app.calls.calls()] == [500, 200]
    app.faults.script(Fault(Trouble.LOGIN_REFUSED))
    assert SoapBooks(client).find(CUSTOMER) is None, "and once when the login is refused"


@pytest.mark.parametrize(
    ("trouble", "told", "lands"),
    [
        (Trouble.ERROR, Kind.BUSY, 0),
        (Trouble.ERROR_AFTER, Kind.BUSY, 1),
        (Trouble.MAINTENANCE, Kind.BUSY, 0),
        (Trouble.DROP_BEFORE, Kind.BUSY, 0),
        (Trouble.DROP_AFTER, Kind.BUSY, 1),
    ],
)
def test_trouble_of_a_call_is_told_and_a_second_try_never_doubles(
    app: NetSuiteApp, client: SoapClient, trouble: Trouble, told: Kind, lands: int
) -> None:
    books = SoapBooks(client)
    app.faults.script(Fault(trouble, method="add"))
    with pytest.raises(CannotSync) as stopped:
        books.create(coupon, {})
    assert stopped.value.failed.kind is told
    assert len(app.netsuite.records("discountItem")) == lands
    assert (books.create(coupon, {}) is None) == bool(lands)
    assert len(app.netsuite.records("discountItem")) == 1


def test_a_record_whose_script_fails_after_it_was_saved_is_there(app: NetSuiteApp, client: SoapClient) -> None:
    books = SoapBooks(client)
    app.netsuite.hindrances.add(Hindrance(What.AFTER_SUBMIT_FAILED, times=3, text="late script"))
    made = books.create(coupon, {})
    assert made == books.find(key(coupon)) is not None
    books.bring_into_line(coupon, {})
    (second,) = books.create_many(coupons(1), {})
    assert second == books.find(key(coupons(1)[0]))


@pytest.mark.parametrize(
    ("hindrance", "told"),
    [
        (Hindrance(What.SCRIPT_REJECTS, text="No invoices on Sundays"), Kind.REFUSED),
        (Hindrance(What.RECORD_CHANGED), Kind.BUSY),
        (Hindrance(What.NO_PERMISSION, "discountItem"), Kind.MISCONFIGURED),
    ],
)
def test_what_stands_in_a_records_way_is_told_as_over_rest(app: NetSuiteApp, client: SoapClient, hindrance: Hindrance, told: Kind) -> None:
    app.netsuite.hindrances.add(hindrance)
    with pytest.raises(CannotSync) as stopped:
        SoapBooks(client).create(coupon, {})
    assert stopped.value.failed.kind is told
    assert hindrance.text in stopped.value.failed.message


def test_a_search_of_several_pages_is_read_to_its_end(app: NetSuiteApp, client: SoapClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.netsuite.soap_client.PAGE", 5)
    assert len(SoapAccountInfo(client).accounts()) == len(app.netsuite.chart.accounts)
    assert [call.method for call in app.calls.calls()].count("searchMoreWithId") == 4


def test_what_an_account_holds_is_summed_up_line_by_line(app: NetSuiteApp, client: SoapClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.netsuite.soap_client.PAGE", 5)
    written(MemoryBooks(app.netsuite), *FLOW)
    soap, rest = SoapLedger(client), RestLedger(InProcessTransport(app.netsuite))
    for account in ("101", "110", "120", "400", "600"):
        assert soap.balance_of(account) == rest.balance_of(account), account
    assert soap.booking(key(deposit)) == rest.booking(key(deposit))
    assert soap.booking(External(RecordType.DEPOSIT, "po_9")) is None


def test_open_periods_are_found_around_closed_ones(app: NetSuiteApp, client: SoapClient) -> None:
    for month in ("2026-02", "2026-03"):
        app.netsuite.set_period(month, is_open=False)
    books = SoapBooks(client)
    assert [books.first_open_day(date(2026, month, 9)) for month in (1, 2, 4)] == [date(2026, 1, 9), date(2026, 4, 1), date(2026, 4, 9)]


def test_calls_at_once_stay_apart(app: NetSuiteApp) -> None:
    with soap_client(app) as client, ThreadPoolExecutor(4) as pool:
        books = SoapBooks(client)
        made = list(pool.map(lambda record: books.create(record, {}), coupons(24)))
    assert len(set(made)) == 24
    assert {record.id: record.external_id for record in app.netsuite.records("discountItem")} == {
        str(number): f"C{at}" for at, number in enumerate(made)
    }
