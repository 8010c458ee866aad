"""Stripe's side of the money: balance transaction, payout, balance, bank account, the account itself."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

from services.sandbox.stripe.shapes import Json, fields


def rounded(amount: Decimal) -> int:
    """To a whole minor unit, half up."""
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))


def balance_transaction(
    new_id: str, created: int, *, amount: int, fee_details: list[Json], currency: str, kind: str, category: str
) -> Json:
    """https://docs.stripe.com/api/balance_transactions/object, pending; the net follows from amount and fee."""
    fee = sum(detail["amount"] for detail in fee_details)
    return {
        "id": new_id,
        "object": "balance_transaction",
        "amount": amount,
        "available_on": created,
        "balance_type": "payments",
        "created": created,
        "currency": currency,
        "description": None,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": fee_details,
        "net": amount - fee,
        "reporting_category": category,
        "source": None,
        "status": "pending",
        "type": kind,
    }


def fee_detail(amount: int, currency: str, description: str, kind: str, application: str | None) -> Json:
    """https://docs.stripe.com/api/balance_transactions/object#balance_transaction_object-fee_details"""
    return {"amount": amount, "application": application, "currency": currency, "description": description, "type": kind}


def payout(new_id: str, created: int, *, amount: int, currency: str, arrival_date: int, destination: str) -> Json:
    """https://docs.stripe.com/api/payouts/object: an automatic standard payout on its way."""
    return {
        "id": new_id,
        "object": "payout",
        "amount": amount,
        "arrival_date": arrival_date,
        "automatic": True,
        "created": created,
        "currency": currency,
        "description": "STRIPE PAYOUT",
        "destination": destination,
        "livemode": False,
        "metadata": {},
        "method": "standard",
        "reconciliation_status": "in_progress",
        "source_type": "card",
        "status": "pending",
        "type": "bank_account",
    } | fields(PAYOUT_EMPTY)


def balance(available: Mapping[str, int], pending: Mapping[str, int]) -> Json:
    """https://docs.stripe.com/api/balance/balance_object, amounts by currency."""
    return {"object": "balance", "available": _amounts(available), "livemode": False, "pending": _amounts(pending)}


def _amounts(by_currency: Mapping[str, int]) -> list[Json]:
    return [{"amount": amount, "currency": currency, "source_types": {"card": amount}} for currency, amount in sorted(by_currency.items())]


def bank_account(new_id: str, *, account: str, currency: str) -> Json:
    """https://docs.stripe.com/api/external_account_bank_accounts/object"""
    return {
        "id": new_id,
        "object": "bank_account",
        "account": account,
        "account_holder_name": None,
        "account_holder_type": "company",
        "account_type": "checking",
        "available_payout_methods": ["standard"],
        "bank_name": "STRIPE TEST BANK",
        "country": "US",
        "currency": currency,
        "default_for_currency": True,
        "fingerprint": None,
        "last4": "6789",
        "metadata": {},
        "routing_number": "110000000",
        "status": "new",
    }


def account(new_id: str, created: int) -> Json:
    """https://docs.stripe.com/api/accounts/object"""
    return {
        "id": new_id,
        "object": "account",
        "business_type": "company",
        "charges_enabled": True,
        "country": "US",
        "created": created,
        "default_currency": "usd",
        "details_submitted": True,
        "email": "shop@example.com",
        "metadata": {},
        "payouts_enabled": True,
        "type": "standard",
    }


PAYOUT_EMPTY = (
    "application_fee application_fee_amount balance_transaction failure_balance_transaction failure_code failure_message "
    "original_payout payout_method reversed_by statement_descriptor trace_id"
)
