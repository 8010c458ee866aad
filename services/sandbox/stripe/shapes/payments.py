"""What a card payment leaves behind: payment intent, charge, refund, dispute."""

from __future__ import annotations

from typing import NamedTuple

from services.sandbox.stripe.shapes import Json, fields


class Decline(NamedTuple):
    """Why a bank refuses a card: https://docs.stripe.com/declines/codes"""

    code: str = "card_declined"
    decline_code: str = "generic_decline"
    message: str = "Your card was declined."


def payment_intent(
    new_id: str,
    created: int,
    *,
    amount: int,
    currency: str,
    customer: str | None,
    description: str | None,
    manual: bool,
    metadata: Json,
) -> Json:
    """https://docs.stripe.com/api/payment_intents/object before anyone tried to pay; `manual`: authorise now, capture later."""
    return {
        "id": new_id,
        "object": "payment_intent",
        "amount": amount,
        "amount_capturable": 0,
        "amount_received": 0,
        "automatic_payment_methods": {"allow_redirects": "always", "enabled": True},
        "capture_method": "manual" if manual else "automatic_async",
        "client_secret": f"{new_id}_secret_sandbox",
        "confirmation_method": "automatic",
        "created": created,
        "currency": currency,
        "customer": customer,
        "description": description,
        "livemode": False,
        "metadata": metadata,
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "status": "requires_payment_method",
    } | fields(INTENT_EMPTY)


def charge(new_id: str, created: int, *, intent: Json, payment_method: str, billing_details: Json, metadata: Json) -> Json:
    """https://docs.stripe.com/api/charges/object: a card charge that succeeded, not yet captured, without a balance transaction."""
    return {
        "id": new_id,
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "billing_details": billing_details,
        "calculated_statement_descriptor": "SANDBOX SHOP",
        "captured": False,
        "created": created,
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "fraud_details": {},
        "livemode": False,
        "metadata": metadata,
        "outcome": outcome("approved_by_network", "authorized", None, "Payment complete."),
        "paid": True,
        "payment_intent": intent["id"],
        "payment_method": payment_method,
        "payment_method_details": {"card": card(), "type": "card"},
        "receipt_url": f"https://pay.stripe.com/receipts/payment/{new_id}",
        "refunded": False,
        "status": "succeeded",
    } | fields(CHARGE_EMPTY)


def declined(charge: Json, decline: Decline) -> Json:
    """The same charge refused by the issuing bank."""
    reason = "The bank did not return any further details with this decline."
    return charge | {
        "failure_code": decline.code,
        "failure_message": decline.message,
        "outcome": outcome("declined_by_network", "issuer_declined", decline.decline_code, reason),
        "paid": False,
        "status": "failed",
    }


def outcome(network_status: str, kind: str, reason: str | None, seller_message: str) -> Json:
    """https://docs.stripe.com/api/charges/object#charge_object-outcome"""
    return {
        "network_status": network_status,
        "reason": reason,
        "risk_level": "normal",
        "risk_score": 12,
        "seller_message": seller_message,
        "type": kind,
    } | fields("advice_code", "network_advice_code", "network_decline_code")


def card() -> Json:
    """Stripe's own test card, 4242."""
    return {
        "brand": "visa",
        "checks": {"address_line1_check": None, "address_postal_code_check": "pass", "cvc_check": "pass"},
        "country": "US",
        "exp_month": 12,
        "exp_year": 2034,
        "fingerprint": "sandboxfingerprt",
        "funding": "credit",
        "last4": "4242",
        "network": "visa",
    } | fields(CARD_EMPTY)


def payment_method(new_id: str, created: int, *, last4: str, brand: str) -> Json:
    """https://docs.stripe.com/api/payment_methods/object: a card of nobody yet."""
    shown = ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4")
    details = {name: value for name, value in (card() | {"last4": last4, "brand": brand}).items() if name in shown}
    return {
        "id": new_id,
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": billing_details(None),
        "card": details,
        "created": created,
        "customer": None,
        "customer_account": None,
        "livemode": False,
        "metadata": {},
        "type": "card",
    }


def source(new_id: str, *, customer: str, last4: str, brand: str) -> Json:
    """https://docs.stripe.com/api/cards/object, a customer's source."""
    return {
        "id": new_id,
        "object": "card",
        "brand": "Visa" if brand == "visa" else brand.title(),
        "country": "US",
        "customer": customer,
        "cvc_check": "pass",
        "exp_month": 12,
        "exp_year": 2034,
        "fingerprint": "sandboxfingerprt",
        "funding": "credit",
        "last4": last4,
        "metadata": {},
    } | fields(SOURCE_EMPTY)


def bank_debit() -> Json:
    """https://docs.stripe.com/api/charges/object#charge_object-payment_method_details-us_bank_account, Stripe's own test account."""
    details = {"account_holder_type": "company", "account_type": "checking", "bank_name": "STRIPE TEST BANK", "last4": "6789"}
    details |= {"routing_number": "110000000"}
    return {"type": "us_bank_account", "us_bank_account": details | fields("fingerprint payment_reference")}


def billing_details(customer: Json | None) -> Json:
    """The buyer as the card form gave him; a guest leaves nothing."""
    known = customer or {}
    return {name: known.get(name) for name in ("address", "email", "name", "phone")} | {"tax_id": None}


def refund(new_id: str, created: int, *, charge: Json, amount: int, reason: str | None, metadata: Json) -> Json:
    """https://docs.stripe.com/api/refunds/object: a card refund that succeeded; its bank reference comes days later."""
    return {
        "id": new_id,
        "object": "refund",
        "amount": amount,
        "charge": charge["id"],
        "created": created,
        "currency": charge["currency"],
        "customer": charge["customer"],
        "destination_details": {
            "card": {"reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund"},
            "type": "card",
        },
        "metadata": metadata,
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
        "reason": reason,
        "status": "succeeded",
    } | fields("balance_transaction", "customer_account", "receipt_number", "source_transfer_reversal", "transfer_reversal")


def dispute(new_id: str, created: int, *, charge: Json, amount: int, reason: str, status: str) -> Json:
    """https://docs.stripe.com/api/disputes/object; a `status` that starts with `warning_` is an inquiry."""
    inquiry = status.startswith("warning_")
    return {
        "id": new_id,
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": created,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": fields(EVIDENCE_EMPTY) | {"enhanced_evidence": {}},
        "evidence_details": {
            "due_by": created + 14 * 86_400,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "intended_submission_method": None,
        "is_charge_refundable": inquiry,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {"card": dispute_card("inquiry" if inquiry else "chargeback"), "type": "card"},
        "reason": reason,
        "status": status,
    }


def dispute_card(case_type: str) -> Json:
    """https://docs.stripe.com/api/disputes/object#dispute_object-payment_method_details-card"""
    return {"brand": "visa", "case_type": case_type, "network": "visa", "network_reason_code": "10.4"}


INTENT_EMPTY = (
    "allowed_payment_method_types application application_fee_amount canceled_at cancellation_reason customer_account "
    "excluded_payment_method_types last_payment_error latest_charge managed_payments next_action on_behalf_of payment_method "
    "payment_method_configuration_details payment_record processing receipt_email review setup_future_usage shipping source "
    "statement_descriptor statement_descriptor_suffix transfer_group"
)
CHARGE_EMPTY = (
    "application application_fee application_fee_amount balance_transaction failure_balance_transaction failure_code "
    "failure_message on_behalf_of receipt_email receipt_number review shipping source source_transfer statement_descriptor "
    "statement_descriptor_suffix transfer_data transfer_group"
)
CARD_EMPTY = (
    "amount_authorized authorization_code electronic_commerce_indicator installments mandate network_transaction_id "
    "regulated_status three_d_secure transaction_link_id wallet"
)
SOURCE_EMPTY = (
    "address_city address_country address_line1 address_line1_check address_line2 address_state address_zip address_zip_check "
    "dynamic_last4 name regulated_status tokenization_method"
)
EVIDENCE_EMPTY = (
    "access_activity_log billing_address cancellation_policy cancellation_policy_disclosure cancellation_rebuttal "
    "customer_communication customer_email_address customer_name customer_purchase_ip customer_signature "
    "duplicate_charge_documentation duplicate_charge_explanation duplicate_charge_id product_description receipt refund_policy "
    "refund_policy_disclosure refund_refusal_explanation service_date service_documentation shipping_address shipping_carrier "
    "shipping_date shipping_documentation shipping_tracking_number uncategorized_file uncategorized_text"
)
