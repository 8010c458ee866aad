"""Which properties the records have (names of the REST API Browser 2026.1) and how each sublist tells its lines apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# What a property may hold. A word of REFERENCES is a reference to such a record; "any" is one that is not checked here,
# "document" one that takes the internal id only.
REFERENCES = frozenset({"account", "currency", "subsidiary", "customer", "item", "any", "document"})
# Where a record says when it was made.
CREATED = "createdDate"
STAMPS = {"customer": "dateCreated"}
TRANSACTION, ENTITY, ITEM = "transaction", "entity", "item"


@dataclass(frozen=True, slots=True)
class Sublist:
    """The lines of a record. A line with the same `key` is the same line; without a key lines are only ever appended.

    `numbered` is the property in which NetSuite numbers new lines; "" when the key comes from the caller."""

    properties: Mapping[str, str]
    key: tuple[str, ...] = ()
    numbered: str = ""
    takes_custom_columns: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """A record type: its properties by name, its sublists, what NetSuite computes itself, what this sandbox does not emulate."""

    type: str
    group: str
    label: str
    properties: Mapping[str, str]
    sublists: Mapping[str, Sublist]
    computed: frozenset[str]
    unsupported: frozenset[str]


def names(text: str) -> Mapping[str, str]:
    """`"memo total:money"` -> {"memo": "text", "total": "money"}."""
    return {name: kind or "text" for name, _, kind in (word.partition(":") for word in text.split())}


def _shape(
    record_type: str, group: str, label: str, writable: str, computed: str = "", unsupported: str = "", **sublists: Sublist
) -> Shape:
    always = names(f"id links:ignored refName lastModifiedDate:moment {STAMPS.get(record_type, CREATED)}:moment")
    given = names(computed)
    properties = {**always, **names(writable), **given, **names(unsupported), **dict.fromkeys(sublists, "sublist")}
    return Shape(record_type, group, label, properties, sublists, frozenset(always) | frozenset(given), frozenset(names(unsupported)))


_LINE = "refName links:ignored"
_CLASSES = "class:any department:any location:any"
_COMMON = f"{_CLASSES} externalId tranDate:date tranId memo currency:currency subsidiary:subsidiary customForm:any exchangeRate:number postingPeriod:any "
_DERIVED = "transactionNumber primaryBookBaseCurrency:any "
_SALE = (
    "entity:customer account:account dueDate:date otherRefNum terms:any email message messageSel:any startDate:date endDate:date job:any partner:any "
    "salesRep:any leadSource:any shipDate:date shipMethod:any shipAddress billAddress billingAddress:address shippingAddress:address "
    "billAddressList:any shipAddressList:any toBeEmailed:boolean toBeFaxed:boolean toBePrinted:boolean fax source:enum "
    "billingAccount:any salesEffectiveDate:date createdFrom:any vatRegNum entityTaxRegNum taxDetailsOverride:boolean "
)
_SALE_TOTALS = "subtotal:money total:money amountPaid:money amountRemaining:money status:enum type:enum discountTotal:money taxTotal:money "
_CASH_TOTALS = "subtotal:money total:money status:enum type:enum discountTotal:money taxTotal:money "
_SALE_UNSUPPORTED = (
    "discountItem:any discountRate:number shippingCost:money handlingCost:money "
    "isTaxable:boolean taxItem:any taxRate:number promotions:ignored partners:ignored salesTeam:ignored "
)
_BILLED = "giftCertRedemption:ignored time:ignored expCost:ignored itemCost:ignored installment:ignored "
_ITEM_LINES = Sublist(
    names(
        f"{_LINE} {_CLASSES} line:integer item:item quantity:number rate:number amount:money description price:any account:any "
        "taxCode:any taxRate1:number taxAmount:money tax1Amt:money grossAmt:money isTaxable:boolean taxDetailsReference options:any "
        "job:any units:any costEstimate:money lineUniqueKey uniqueKey:integer itemType:enum itemSubtype:enum chargeType:any "
        "revRecStartDate:date revRecEndDate:date revRecSchedule:any printItems:boolean marginal:boolean"
    ),
    key=("line",),
    numbered="line",
    takes_custom_columns=True,
)
_TAX_DETAILS = Sublist(
    names(
        f"{_LINE} calcDetail lineName lineType netAmount:money taxAmount:money taxBasis:money taxCode:any taxDetailsReference:enum "
        "taxRate:number taxType"
    )
)
_APPLY = Sublist(
    names(
        f"{_LINE} amount:money apply:boolean applyDate:date createdFrom currency doc:document due:money job:integer jobName "
        "line:integer refNum total:money type"
    ),
    key=("doc", "line"),
)
_MONEY_OUT = "customer:customer account:account arAcct:account checkNumber paymentOption:any paymentOperation:enum handlingMode:enum cleared:boolean "
_ACCOUNT_LINES = names(f"{_LINE} {_CLASSES} account:account amount:money line memo")

SHAPES: Mapping[str, Shape] = {
    shape.type: shape
    for shape in (
        _shape(
            "customer",
            ENTITY,
            "Customer",
            "externalId entityId isPerson:boolean companyName firstName middleName lastName salutation title email altEmail phone altPhone "
            "mobilePhone homePhone fax url comments currency:currency subsidiary:subsidiary isInactive:boolean category:any parent:customer "
            "terms:any priceLevel:any receivablesAccount:account taxable:boolean taxItem:any taxExempt:boolean resaleNumber vatRegNumber "
            "entityStatus:any customForm:any accountNumber language:enum emailPreference:enum salesRep:any territory:any leadSource:any "
            "creditLimit:money drAccount:account defaultBankAccount:account altName printOnCheckAs startDate:date endDate:date",
            "balance:money depositBalance:money overdueBalance:money autoName:boolean defaultAddress searchStage",
            addressBook=Sublist(
                names(
                    f"{_LINE} id:integer internalId:integer addressId label defaultBilling:boolean defaultShipping:boolean "
                    "isResidential:boolean addressBookAddress:address addressBookAddress_text lastModifiedDate:moment"
                ),
                key=("id",),
                numbered="id",
            ),
            currencyList=Sublist(
                names(f"{_LINE} currency:currency balance:money displaySymbol overrideCurrencyFormat:boolean"), key=("currency",)
            ),
        ),
        _shape(
            "serviceSaleItem",
            ITEM,
            "Item",
            f"{_CLASSES} externalId itemId displayName description salesDescription incomeAccount:account includeChildren:boolean isInactive:boolean "
            "parent:item taxSchedule:any salesTaxCode:any deferredRevenueAccount:account revenueRecognitionRule:any createRevenuePlansOn:any "
            "isTaxable:boolean customForm:any rate:number upcCode unitsType:any saleUnit:any isFulfillable:boolean isOnline:boolean storeDisplayName "
            "storeDescription",
            "itemType:enum internalId:integer",
            "price:ignored",
            subsidiary=Sublist(names(f"{_LINE} id"), key=("id",)),
        ),
        _shape(
            "discountItem",
            ITEM,
            "Item",
            f"{_CLASSES} externalId itemId displayName description rate:number account:account nonPosting:boolean isPreTax:boolean "
            "includeChildren:boolean isInactive:boolean parent:item taxSchedule:any salesTaxCode:any customForm:any upcCode vendorName "
            "availableToPartners:boolean issueProduct:any",
            "itemType:enum",
            subsidiary=Sublist(names(f"{_LINE} id"), key=("id",)),
        ),
        _shape(
            "invoice",
            TRANSACTION,
            "Invoice",
            _COMMON + _SALE + "approvalStatus:enum fob",
            _DERIVED + _SALE_TOTALS,
            _SALE_UNSUPPORTED + _BILLED,
            item=_ITEM_LINES,
            taxDetails=_TAX_DETAILS,
        ),
        _shape(
            "creditMemo",
            TRANSACTION,
            "Credit Memo",
            _COMMON + _SALE + "autoApply:boolean",
            _DERIVED + _SALE_TOTALS + "applied:money unapplied:money",
            _SALE_UNSUPPORTED,
            item=_ITEM_LINES,
            apply=_APPLY,
            taxDetails=_TAX_DETAILS,
        ),
        _shape(
            "customerPayment",
            TRANSACTION,
            "Payment",
            _COMMON + _MONEY_OUT + "payment:money undepFunds:flag autoApply:boolean toBeEmailed:boolean",
            _DERIVED + "total:money applied:money unapplied:money pending:money balance:money status:enum",
            "credit:ignored deposit:ignored",
            apply=_APPLY,
        ),
        _shape(
            "cashSale",
            TRANSACTION,
            "Cash Sale",
            _COMMON + _SALE + "undepFunds:flag checkNumber paymentOption:any",
            _DERIVED + _CASH_TOTALS,
            _SALE_UNSUPPORTED + _BILLED,
            item=_ITEM_LINES,
            taxDetails=_TAX_DETAILS,
        ),
        _shape(
            "cashRefund",
            TRANSACTION,
            "Cash Refund",
            _COMMON + _SALE + "paymentOption:any",
            _DERIVED + _CASH_TOTALS,
            _SALE_UNSUPPORTED,
            item=_ITEM_LINES,
            taxDetails=_TAX_DETAILS,
        ),
        _shape(
            "customerDeposit",
            TRANSACTION,
            "Customer Deposit",
            _COMMON + "customer:customer account:account checkNumber paymentOption:any payment:money undepFunds:flag toBeEmailed:boolean",
            _DERIVED + "total:money status:enum",
            "salesOrder:any",
        ),
        _shape(
            "depositApplication",
            TRANSACTION,
            "Deposit Application",
            _COMMON + "customer:customer arAcct:account deposit:document",
            _DERIVED + "total:money applied:money unapplied:money status:enum",
            apply=_APPLY,
        ),
        _shape(
            "customerRefund",
            TRANSACTION,
            "Customer Refund",
            _COMMON + _MONEY_OUT + "address payeeAddress:address payeeAddressList:any toBePrinted:boolean",
            _DERIVED + "total:money balance:money status:enum",
            "transactionToRefund:any",
            apply=_APPLY,
            deposit=Sublist(
                names(f"{_LINE} amount:money apply:boolean currencyName depositDate:date doc:document refNum remaining:money total:money"),
                key=("doc",),
            ),
        ),
        _shape(
            "deposit",
            TRANSACTION,
            "Deposit",
            _COMMON + "account:account cleared:boolean clearedDate:date toBePrinted:boolean",
            _DERIVED + "total:money currencyPrecision:integer isBaseCurrency:boolean tranCurrencyName",
            payment=Sublist(
                names(
                    f"{_LINE} {_CLASSES} id:integer lineId:integer deposit:boolean paymentAmount:money transactionAmount:ignored memo "
                    "docDate:date docNumber entity:any currency:any paymentMethod:any refNum type:enum"
                ),
                key=("id", "lineId"),
            ),
            other=Sublist({**_ACCOUNT_LINES, **names("entity:any paymentMethod:any refNum")}, numbered="line"),
            cashback=Sublist(_ACCOUNT_LINES, numbered="line"),
        ),
        _shape(
            "journalEntry",
            TRANSACTION,
            "Journal",
            _COMMON + "approved:boolean approvalStatus:enum reversalDate:date reversalDefer:boolean createdFrom:any nextApprover:any",
            _DERIVED + "isReversal:boolean reversalEntry void:boolean",
            line=Sublist(
                names(
                    f"{_LINE} {_CLASSES} line:integer account:account debit:money credit:money memo entity:customer startDate:date endDate:date "
                    "cleared:boolean eliminate:boolean item:any"
                ),
                key=("line",),
                numbered="line",
                takes_custom_columns=True,
            ),
        ),
    )
}
ADDRESS = names(
    "addr1 addr2 addr3 addrPhone addrText addressee attention city country:enum externalId override:boolean refName state zip links:ignored"
)
BY_PATH = {name.lower(): shape for name, shape in SHAPES.items()}
# How the script ids of an account's own fields begin, by group of records and in lines.
CUSTOM_FIELDS = {TRANSACTION: "custbody", ENTITY: "custentity", ITEM: "custitem"}
CUSTOM_COLUMNS = "custcol"
