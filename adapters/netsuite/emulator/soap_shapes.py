"""How SOAP spells the records of the account: the WSDL's elements in their order, as far as this sandbox knows the REST properties behind them.

A REST property and a SOAP element have the same name, case aside; a sublist's has List after it. `name:kind`, text when no kind is named;
`name:line*Type` is a list of such lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from adapters.netsuite.emulator.fields import BY_PATH, Shape

VERSION = "2025_2"
FAMILIES = {
    **dict.fromkeys(("core", "messages", "faults", "common"), "platform"),
    **dict.fromkeys(("relationships", "accounting"), "lists"),
    **dict.fromkeys(("sales", "customers", "bank", "general"), "transactions"),
}


def namespace(name: str) -> str:
    """`sales` -> `urn:sales_2025_2.transactions.webservices.netsuite.com`."""
    return f"urn:{name}_{VERSION}.{FAMILIES[name]}.webservices.netsuite.com"


# All operations of the version, answered here or not.
_NAMES = (
    "changePassword changeEmail add delete search searchMoreWithId update upsert addList deleteList updateList upsertList get getList getAll "
    "getSavedSearch getCustomizationId initialize initializeList getSelectValue getItemAvailability getBudgetExchangeRate getCurrencyRate "
    "getDataCenterUrls getPostingTransactionSummary getServerTime attach detach updateInviteeStatus updateInviteeStatusList asyncAddList "
    "asyncUpdateList asyncUpsertList asyncDeleteList asyncGetList asyncInitializeList asyncSearch getAsyncResult checkAsyncStatus getDeleted "
    "getAccountGovernanceInfo getIntegrationGovernanceInfo"
)
OPERATIONS = frozenset(_NAMES.split())
CORE, MESSAGES, FAULTS = (namespace(name) for name in ("core", "messages", "faults"))


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a type: its name, its kind, and for a list what its lines are called and of which type."""

    name: str
    kind: str
    line: str = ""
    type: str = ""

    @property
    def in_lines(self) -> str:
        """What REST calls it in a line or an address."""
        return {"addressbookAddress": "addressBookAddress", "internalId": "id"}.get(self.name, self.name)


@dataclass(frozen=True, slots=True)
class SoapType:
    """A complex type: its namespace and its elements, in order."""

    name: str
    namespace: str
    elements: Mapping[str, Element]

    @property
    def shape(self) -> Shape:
        """What REST knows of such a record; KeyError when it is none that can be written."""
        return BY_PATH[self.name.lower()]

    def rest_name(self, element: str) -> str:
        """What REST calls an element of such a record; its own name when REST has none like it."""
        known = {name.lower(): name for name in self.shape.properties} if self.name.lower() in BY_PATH else {}
        name = element.lower()
        return known.get(name) or known.get(name.removesuffix("list")) or element


def _element(word: str) -> Element:
    name, _, kind = word.partition(":")
    line, is_list, line_type = kind.partition("*")
    return Element(name, "list", line, line_type) if is_list else Element(name, kind or "text")


def _type(name: str, where: str, text: str) -> SoapType:
    return SoapType(name, namespace(where), {element.name: element for element in map(_element, text.split())})


_ALL = (
    _type(
        "Customer",
        "relationships",
        "customForm:ref entityId altName isPerson:boolean salutation firstName middleName lastName companyName "
        "entityStatus:ref parent:ref phone fax email url defaultAddress isInactive:boolean category:ref title "
        "printOnCheckAs altPhone homePhone mobilePhone altEmail comments dateCreated:moment subsidiary:ref salesRep:ref "
        "territory:ref vatRegNumber accountNumber taxExempt:boolean terms:ref creditLimit:number balance:number "
        "overdueBalance:number priceLevel:ref currency:ref depositBalance:number taxable:boolean taxItem:ref resaleNumber "
        "startDate:date endDate:date leadSource:ref receivablesAccount:ref drAccount:ref lastModifiedDate:moment "
        "addressbookList:addressbook*CustomerAddressbook currencyList:currency*CustomerCurrency customFieldList:custom",
    ),
    _type(
        "CustomerAddressbook",
        "relationships",
        "defaultShipping:boolean defaultBilling:boolean isResidential:boolean label addressbookAddress:address internalId",
    ),
    _type("CustomerCurrency", "relationships", "currency:ref balance:number overrideCurrencyFormat:boolean displaySymbol"),
    _type(
        "ServiceSaleItem",
        "accounting",
        "createdDate:moment lastModifiedDate:moment salesDescription includeChildren:boolean incomeAccount:ref "
        "isTaxable:boolean taxSchedule:ref unitsType:ref saleUnit:ref deferredRevenueAccount:ref isFulfillable:boolean "
        "revenueRecognitionRule:ref createRevenuePlansOn:ref storeDisplayName storeDescription customForm:ref itemId "
        "upcCode displayName parent:ref isOnline:boolean isInactive:boolean department:ref class:ref location:ref "
        "subsidiaryList:refs rate:number salesTaxCode:ref customFieldList:custom",
    ),
    _type(
        "DiscountItem",
        "accounting",
        "createdDate:moment lastModifiedDate:moment description nonPosting:boolean account:ref includeChildren:boolean "
        "rate:rate isPreTax:boolean customForm:ref itemId issueProduct:ref upcCode displayName vendorName parent:ref "
        "isInactive:boolean availableToPartners:boolean department:ref class:ref location:ref subsidiaryList:refs "
        "taxSchedule:ref salesTaxCode:ref customFieldList:custom",
    ),
    _type(
        "Invoice",
        "sales",
        "createdDate:moment lastModifiedDate:moment taxDetailsOverride:boolean customForm:ref entity:ref "
        "billingAccount:ref tranDate:date tranId entityTaxRegNum:ref source createdFrom:ref postingPeriod:ref "
        "department:ref class:ref terms:ref location:ref subsidiary:ref currency:ref dueDate:date salesRep:ref "
        "partner:ref leadSource:ref startDate:date endDate:date otherRefNum memo salesEffectiveDate:date "
        "amountPaid:number amountRemaining:number account:ref exchangeRate:number discountItem:ref discountRate "
        "isTaxable:boolean taxItem:ref taxRate:number toBePrinted:boolean toBeEmailed:boolean toBeFaxed:boolean fax "
        "messageSel:ref message billingAddress:address billAddressList:ref shippingAddress:address shipAddressList:ref "
        "fob shipDate:date shipMethod:ref shippingCost:number handlingCost:number subTotal:number discountTotal:number "
        "taxTotal:number total:number status job:ref email vatRegNum itemList:item*InvoiceItem approvalStatus:ref "
        "taxDetailsList:taxDetails*TaxDetails customFieldList:custom",
    ),
    _type(
        "InvoiceItem",
        "sales",
        "job:ref item:ref line:whole description amount:number isTaxable:boolean quantity:number units:ref price:ref "
        "rate:rate department:ref class:ref location:ref revRecSchedule:ref revRecStartDate:date revRecEndDate:date "
        "grossAmt:number costEstimate:number taxDetailsReference tax1Amt:number taxCode:ref taxRate1:number "
        "taxAmount:number chargeType:ref customFieldList:custom",
    ),
    _type(
        "TaxDetails",
        "common",
        "taxDetailsReference lineType lineName netAmount:number taxType:idref taxCode:ref taxBasis:number taxRate:number "
        "taxAmount:number calcDetail",
    ),
    _type(
        "CreditMemo",
        "customers",
        "createdDate:moment lastModifiedDate:moment taxDetailsOverride:boolean customForm:ref currency:ref entity:ref "
        "vatRegNum tranDate:date tranId entityTaxRegNum:ref createdFrom:ref postingPeriod:ref department:ref class:ref "
        "location:ref subsidiary:ref job:ref salesRep:ref partner:ref otherRefNum memo leadSource:ref account:ref "
        "exchangeRate:number amountPaid:number salesEffectiveDate:date amountRemaining:number discountItem:ref source "
        "discountRate isTaxable:boolean taxItem:ref taxRate:number unapplied:number autoApply:boolean applied:number "
        "toBePrinted:boolean toBeEmailed:boolean email toBeFaxed:boolean fax messageSel:ref message "
        "billingAddress:address billAddressList:ref shipMethod:ref shippingCost:number handlingCost:number "
        "subTotal:number discountTotal:number taxTotal:number total:number status itemList:item*CreditMemoItem "
        "applyList:apply*CreditMemoApply taxDetailsList:taxDetails*TaxDetails customFieldList:custom",
    ),
    _type(
        "CreditMemoItem",
        "customers",
        "job:ref item:ref line:whole quantity:number description price:ref rate:rate amount:number isTaxable:boolean "
        "taxCode:ref taxRate1:number tax1Amt:number grossAmt:number department:ref class:ref location:ref "
        "costEstimate:number taxDetailsReference revRecSchedule:ref revRecStartDate:date revRecEndDate:date units:ref "
        "taxAmount:number chargeType:ref customFieldList:custom",
    ),
    _type(
        "CreditMemoApply",
        "customers",
        "apply:boolean doc:doc applyDate:date job type refNum total:number due:number currency amount:number line:whole",
    ),
    _type(
        "CustomerPayment",
        "customers",
        "createdDate:moment lastModifiedDate:moment customForm:ref arAcct:ref customer:ref balance:number pending:number "
        "currency:ref payment:number autoApply:boolean tranDate:date tranId postingPeriod:ref memo exchangeRate:number "
        "undepFunds:boolean account:ref total:number subsidiary:ref applied:number unapplied:number class:ref "
        "department:ref location:ref paymentOption:ref checkNumber status applyList:apply*CustomerPaymentApply "
        "customFieldList:custom",
    ),
    _type(
        "CustomerPaymentApply",
        "customers",
        "apply:boolean doc:doc line:whole applyDate:date job type refNum total:number due:number currency amount:number",
    ),
    _type(
        "CustomerRefund",
        "customers",
        "createdDate:moment lastModifiedDate:moment status transactionNumber customer:ref customForm:ref balance:number "
        "arAcct:ref exchangeRate:number total:number currency:ref tranDate:date postingPeriod:ref memo account:ref "
        "toBePrinted:boolean tranId subsidiary:ref department:ref class:ref location:ref paymentOption:ref checkNumber "
        "applyList:apply*CustomerRefundApply depositList:customerRefundDeposit*CustomerRefundDeposit payeeAddressList:ref payeeAddress:address customFieldList:custom",
    ),
    _type(
        "CustomerRefundApply",
        "customers",
        "apply:boolean doc:doc line:whole applyDate:date type refNum total:number due:number currency amount:number",
    ),
    _type(
        "CustomerRefundDeposit",
        "customers",
        "apply:boolean doc:doc line:whole depositDate:date refNum total:number remaining:number currency amount:number",
    ),
    _type(
        "CashSale",
        "sales",
        "createdDate:moment lastModifiedDate:moment taxDetailsOverride:boolean customForm:ref entity:ref billingAccount:ref "
        "tranDate:date tranId entityTaxRegNum:ref source postingPeriod:ref createdFrom:ref department:ref class:ref "
        "location:ref subsidiary:ref salesRep:ref partner:ref leadSource:ref startDate:date endDate:date otherRefNum memo "
        "salesEffectiveDate:date undepFunds:boolean currency:ref account:ref exchangeRate:number isTaxable:boolean "
        "taxItem:ref taxRate:number toBePrinted:boolean toBeEmailed:boolean toBeFaxed:boolean fax messageSel:ref message "
        "paymentOption:ref checkNumber billingAddress:address billAddressList:ref shippingAddress:address "
        "shipAddressList:ref shipDate:date shipMethod:ref subTotal:number discountTotal:number taxTotal:number total:number "
        "status job:ref email vatRegNum itemList:item*CashSaleItem taxDetailsList:taxDetails*TaxDetails customFieldList:custom",
    ),
    _type(
        "CashSaleItem",
        "sales",
        "job:ref item:ref line:whole quantity:number units:ref description price:ref rate:rate amount:number "
        "isTaxable:boolean department:ref class:ref location:ref revRecSchedule:ref revRecStartDate:date revRecEndDate:date "
        "grossAmt:number costEstimate:number taxDetailsReference tax1Amt:number taxCode:ref taxRate1:number "
        "taxAmount:number chargeType:ref customFieldList:custom",
    ),
    _type(
        "CashRefund",
        "customers",
        "createdDate:moment lastModifiedDate:moment taxDetailsOverride:boolean customForm:ref entity:ref vatRegNum "
        "tranDate:date tranId entityTaxRegNum:ref source createdFrom:ref postingPeriod:ref department:ref class:ref "
        "location:ref leadSource:ref subsidiary:ref salesRep:ref partner:ref otherRefNum memo salesEffectiveDate:date "
        "account:ref currency:ref exchangeRate:number isTaxable:boolean taxItem:ref taxRate:number toBePrinted:boolean "
        "toBeEmailed:boolean email toBeFaxed:boolean fax messageSel:ref message paymentOption:ref billingAddress:address "
        "billAddressList:ref shipMethod:ref subTotal:number discountTotal:number taxTotal:number total:number status "
        "job:ref itemList:item*CashRefundItem taxDetailsList:taxDetails*TaxDetails customFieldList:custom",
    ),
    _type(
        "CashRefundItem",
        "customers",
        "job:ref item:ref line:whole quantity:number units:ref description price:ref rate:rate amount:number taxCode:ref "
        "taxRate1 tax1Amt:number grossAmt:number isTaxable:boolean department:ref class:ref location:ref "
        "revRecSchedule:ref revRecStartDate:date revRecEndDate:date costEstimate:number taxDetailsReference "
        "taxAmount:number chargeType:ref customFieldList:custom",
    ),
    _type(
        "CustomerDeposit",
        "customers",
        "createdDate:moment lastModifiedDate:moment status customer:ref customForm:ref payment:number currency:ref "
        "tranDate:date postingPeriod:ref memo exchangeRate:number subsidiary:ref department:ref class:ref location:ref "
        "paymentOption:ref checkNumber account:ref undepFunds:boolean tranId customFieldList:custom",
    ),
    _type(
        "DepositApplication",
        "customers",
        "createdDate:moment lastModifiedDate:moment arAcct:ref status customer:ref tranDate:date postingPeriod:ref "
        "deposit:ref currency:ref exchangeRate:number memo subsidiary:ref total:number department:ref applied:number "
        "class:ref unapplied:number location:ref tranId applyList:apply*DepositApplicationApply customFieldList:custom",
    ),
    _type(
        "DepositApplicationApply",
        "customers",
        "doc:doc line:whole apply:boolean applyDate:date job type refNum total:number due:number currency amount:number",
    ),
    _type(
        "Deposit",
        "bank",
        "createdDate:moment lastModifiedDate:moment customForm:ref currencyName tranId account:ref total:number "
        "exchangeRate:number tranDate:date postingPeriod:ref memo toBePrinted:boolean subsidiary:ref department:ref "
        "class:ref location:ref paymentList:depositPayment*DepositPayment otherList:depositOther*DepositOther "
        "cashBackList:depositCashBack*DepositCashBack customFieldList:custom",
    ),
    _type(
        "DepositPayment",
        "bank",
        "deposit:boolean id:whole docDate:date type docNumber memo paymentMethod:ref refNum entity:ref currency:ref "
        "transactionAmount:number paymentAmount:number lineId:whole",
    ),
    _type(
        "DepositOther", "bank", "entity:ref amount:number account:ref paymentMethod:ref refNum department:ref class:ref location:ref memo"
    ),
    _type("DepositCashBack", "bank", "amount:number account:ref department:ref class:ref location:ref memo"),
    _type(
        "JournalEntry",
        "general",
        "postingPeriod:ref tranDate:date currency:ref exchangeRate:number tranId reversalDate:date reversalDefer:boolean "
        "reversalEntry createdFrom:ref department:ref class:ref location:ref subsidiary:ref memo approved:boolean "
        "createdDate:moment lastModifiedDate:moment customForm:ref lineList:line*JournalEntryLine customFieldList:custom",
    ),
    _type(
        "JournalEntryLine",
        "general",
        "account:ref line:whole debit:number credit:number memo entity:ref department:ref class:ref location:ref "
        "eliminate:boolean startDate:date endDate:date customFieldList:custom",
    ),
    _type("Address", "common", "country:country attention addressee addrPhone addr1 addr2 addr3 city state zip addrText override:boolean"),
    _type("Currency", "accounting", "name symbol isBaseCurrency:boolean isInactive:boolean exchangeRate:number"),
    _type("Account", "accounting", "acctType acctNumber acctName currency:ref isInactive:boolean"),
    _type("Subsidiary", "accounting", "name parent:ref isInactive:boolean currency:ref"),
    _type(
        "AccountingPeriod",
        "accounting",
        "periodName startDate:date endDate:date isAdjust:boolean isQuarter:boolean isYear:boolean closed:boolean allLocked:boolean",
    ),
)
ROW = _type("TransactionSearchRowBasic", "common", "creditAmount:number currency:ref debitAmount:number fxAmount:number")
TYPES: Mapping[str, SoapType] = {one.name: one for one in _ALL}
