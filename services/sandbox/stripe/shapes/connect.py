"""Money between Stripe balances: application fees and their refunds, transfers and their reversals, top-ups."""

from __future__ import annotations

from services.sandbox.stripe.shapes import Json, fields, listing


def application_fee(new_id: str, created: int, *, amount: int, currency: str, account: str, charge: str, application: str) -> Json:
    """https://docs.stripe.com/api/application_fees/object, of a charge on a connected account."""
    return {
        "id": new_id,
        "object": "application_fee",
        "account": account,
        "amount": amount,
        "amount_refunded": 0,
        "application": application,
        "balance_transaction": None,
        "charge": charge,
        "created": created,
        "currency": currency,
        "fee_source": {"charge": charge, "type": "charge"},
        "livemode": False,
        "originating_transaction": None,
        "refunded": False,
        "refunds": listing([], f"/v1/application_fees/{new_id}/refunds"),
    }


def fee_refund(new_id: str, created: int, *, fee: Json, amount: int) -> Json:
    """https://docs.stripe.com/api/fee_refunds/object"""
    made = {"id": new_id, "object": "fee_refund", "amount": amount, "balance_transaction": None, "created": created}
    return made | {"currency": fee["currency"], "fee": fee["id"], "metadata": {}}


def transfer(new_id: str, created: int, *, amount: int, currency: str, destination: str, description: str | None) -> Json:
    """https://docs.stripe.com/api/transfers/object"""
    return {
        "id": new_id,
        "object": "transfer",
        "amount": amount,
        "amount_reversed": 0,
        "created": created,
        "currency": currency,
        "description": description,
        "destination": destination,
        "livemode": False,
        "metadata": {},
        "reversals": listing([], f"/v1/transfers/{new_id}/reversals"),
        "reversed": False,
        "source_type": "card",
    } | fields("balance_transaction source_transaction transfer_group")


def transfer_reversal(new_id: str, created: int, *, transfer: Json, amount: int) -> Json:
    """https://docs.stripe.com/api/transfer_reversals/object"""
    made = {"id": new_id, "object": "transfer_reversal", "amount": amount, "created": created, "currency": transfer["currency"]}
    return made | {"metadata": {}, "transfer": transfer["id"]} | fields("balance_transaction destination_payment_refund source_refund")


def topup(new_id: str, created: int, *, amount: int, currency: str) -> Json:
    """https://docs.stripe.com/api/topups/object, on its way from the merchant's bank."""
    return {
        "id": new_id,
        "object": "topup",
        "amount": amount,
        "created": created,
        "currency": currency,
        "expected_availability_date": created,
        "initiated_by": "user",
        "livemode": False,
        "metadata": {},
        "status": "pending",
    } | fields("balance_transaction description failure_code failure_message source statement_descriptor transfer_group")
