"""One call of NetSuite's SOAP: the message by zeep, the answer read safely, a fault told as data; searches page by page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from adapters.netsuite.faults import failed, unreadable
from adapters.netsuite.soap_faults import fault_of_answer, fault_of_status
from adapters.netsuite.soap_wsdl import PORT, Wsdl
from adapters.netsuite.transport import Transport
from adapters.netsuite.xml import Element, child, children, parse, text_of
from core.outcome import CannotSync
from core.records import External, Numbered, RecordType

XML = "text/xml; charset=utf-8"
# Preferences of a search take its page: 5 to 1000 (Oracle help, section_N3418637).
PAGE = 1000
NO_HEADERS: Mapping[str, Any] = MappingProxyType({})

# How a search names the types of transactions and items (the WSDL's TransactionType and ItemType).
SEARCHED: Mapping[RecordType, tuple[str, str]] = MappingProxyType(
    {
        RecordType.CUSTOMER: ("CustomerSearchBasic", ""),
        RecordType.SERVICE_SALE_ITEM: ("ItemSearchBasic", "_service"),
        RecordType.DISCOUNT_ITEM: ("ItemSearchBasic", "_discount"),
        RecordType.INVOICE: ("TransactionSearchBasic", "_invoice"),
        RecordType.CUSTOMER_PAYMENT: ("TransactionSearchBasic", "_customerPayment"),
        RecordType.CASH_SALE: ("TransactionSearchBasic", "_cashSale"),
        RecordType.CASH_REFUND: ("TransactionSearchBasic", "_cashRefund"),
        RecordType.CUSTOMER_DEPOSIT: ("TransactionSearchBasic", "_customerDeposit"),
        RecordType.CASH_SALE: ("TransactionSearchBasic", "_cashSale"),
        RecordType.CASH_REFUND: ("TransactionSearchBasic", "_cashRefund"),
        RecordType.CUSTOMER_DEPOSIT: ("TransactionSearchBasic", "_customerDeposit"),
        RecordType.CREDIT_MEMO: ("TransactionSearchBasic", "_creditMemo"),
        RecordType.CUSTOMER_REFUND: ("TransactionSearchBasic", "_customerRefund"),
        RecordType.DEPOSIT: ("TransactionSearchBasic", "_deposit"),
        RecordType.JOURNAL_ENTRY: ("TransactionSearchBasic", "_journal"),
    }
)


class SoapClient:
    """Calls over any transport. Thread-safe when the transport is."""

    def __init__(self, transport: Transport, wsdl: Wsdl) -> None:
        self._transport = transport
        self.wsdl = wsdl

    def call(self, operation: str, about: str = "", headers: Mapping[str, Any] = NO_HEADERS, **arguments: Any) -> Element:
        """The answer's only element: writeResponse, readResponse, searchResult. CannotSync for a fault; `about` is what it concerns."""
        envelope = self.wsdl.message(operation, headers, arguments)
        reply = self._transport.send("POST", PORT, {}, envelope, {"SOAPAction": f'"{operation}"', "Content-Type": XML})
        if reply.status != 200:
            raise CannotSync(failed(fault_of_answer(reply.status, reply.body), about))
        try:
            answer = child(parse(reply.body), "Body", f"{operation}Response")
        except ValueError:
            answer = None
        if answer is None or len(answer) != 1:
            raise CannotSync(unreadable(about))
        return answer[0]

    def succeed(self, operation: str, **arguments: Any) -> Element:
        """A call whose answer has one status, which must be a success."""
        answer = self.call(operation, **arguments)
        fault = fault_of_status(answer)
        if fault is not None:
            raise CannotSync(failed(fault))
        return answer

    def reference(self, ref: External | Numbered) -> Any:
        """A RecordRef with its type."""
        name, value = ("internalId", ref.id) if isinstance(ref, Numbered) else ("externalId", ref.external_id)
        return self.wsdl.type("RecordRef")(type=str(ref.type), **{name: value})

    def every(self, record_type: str) -> Iterator[Element]:
        """All records of a type that the account is set up with: currencies."""
        answer = self.succeed("getAll", record={"recordType": record_type})
        yield from children(child(answer, "recordList"), "record")

    def search(self, kind: str, **criteria: Any) -> Iterator[Element]:
        """The body fields of the records found; `criteria` are fields of such a SearchBasic."""
        for page in self._pages(self.wsdl.type(kind)(**criteria)):
            yield from children(child(page, "recordList"), "record")

    def rows(self, columns: Sequence[str], **criteria: Any) -> Iterator[Element]:
        """The lines of transactions found, each with these columns; `criteria` are fields of a TransactionSearchBasic."""
        empty: Mapping[str, Any] = {"SearchColumnSelectField": [{}], "SearchColumnDoubleField": [{}]}
        kinds = dict(self.wsdl.type("TransactionSearchRowBasic").elements)
        wanted = {name: empty[kinds[name].type.name] for name in columns}
        search = self.wsdl.type("TransactionSearchAdvanced")(criteria={"basic": criteria}, columns={"basic": wanted})
        for page in self._pages(search):
            yield from (basic for row in children(child(page, "searchRowList"), "searchRow") if (basic := child(row, "basic")) is not None)

    def _pages(self, criteria: Any) -> Iterator[Element]:
        first = page = self._searched(criteria, PAGE)
        number, pages = 1, int(text_of(first, "totalPages") or 0)
        while True:
            yield page
            if number >= pages:
                return
            number += 1
            page = self.succeed("searchMoreWithId", searchId=text_of(first, "searchId"), pageIndex=number, headers=_preferences(PAGE))

    def one_of(self, record_type: RecordType) -> None:
        """Look for records of a type, to see whether the role may; CannotSync with NetSuite's text when it may not."""
        kind, searched = SEARCHED[record_type]
        self._searched(self.wsdl.type(kind)(**({"type": self.among(searched)} if searched else {})), 5)

    def references(self, internal_id: str) -> Any:
        """The criterion that a field refers to this record."""
        return self.wsdl.type("SearchMultiSelectField")(operator="anyOf", searchValue=[self.wsdl.type("RecordRef")(internalId=internal_id)])

    def among(self, *values: str) -> Any:
        """The criterion that a field of an enumeration is one of these."""
        return self.wsdl.type("SearchEnumMultiSelectField")(operator="anyOf", searchValue=list(values))

    def _searched(self, criteria: Any, size: int) -> Element:
        return self.succeed("search", searchRecord=criteria, headers=_preferences(size))


def _preferences(size: int) -> Mapping[str, Any]:
    return {"searchPreferences": {"bodyFieldsOnly": True, "pageSize": size}}
