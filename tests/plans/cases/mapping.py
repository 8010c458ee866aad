"""2.7: fields that settings fill; service periods; personal data left out."""

from __future__ import annotations

from tests.plans.golden import Case, Row
from tests.plans.scene import ADA, Scene

DEFAULTS = """
[defaults.customerPayment]
class = "5"
custbody_channel = "Stripe"
[defaults.invoice]
department = "9"
[defaults.invoice.item]
location = "7"
"""
MAPPINGS = """
[defaults.customerPayment]
class = "5"
[mappings.customerPayment]
class = "metadata.class_id"
custbody_stripe_created = { from = "created", as = "date" }
memo = "description"
"""
CONDITIONS = """
[defaults.customerPayment]
class = [{ when = { currency = "eur" }, value = "1" }, { when = { "metadata.channel" = "web" }, value = "2" }, { value = "3" }]
"""
TAKEN_AWAY = """
[mappings.customerPayment]
memo = ""
"""
OF_REFUNDS = """
[mappings.creditMemo]
custbody_channel = "charge.metadata.channel"
[mappings.customerRefund]
custbody_channel = "metadata.why"
custbody_stripe_created = { from = "created", as = "date" }
"""
PERIODS = """
ledger.time_zone = "America/New_York"
invoices.service_start_field = "custcol_service_start"
invoices.service_end_field = "custcol_service_end"
"""
PRIVATE = 'privacy.personal_data = "none"'


def _subscribed(s: Scene) -> object:
    return s.world.subscriptions.start(s.ada, s.price(interval="month"))


def _refunded(s: Scene) -> None:
    charge = s.paid()
    s.world.charges.annotate(charge, {"channel": "Web"})
    s.on(5)
    s.refund(charge, 2_500, metadata={"why": "Late"})


ROWS = (
    Row(
        "2.7",
        "fields that settings fill, of header and line",
        "fixed defaults, a path of the Stripe object beats a default; the first condition that holds wins",
        (
            Case("charge.succeeded", "default_fields", lambda s: s.paid(), DEFAULTS),
            Case("charge.succeeded", "mapped_fields_beat_defaults", lambda s: s.sale(metadata={"class_id": "77"}), MAPPINGS),
            Case(
                "charge.succeeded", "a_field_by_the_first_condition_that_holds", lambda s: s.sale(metadata={"channel": "Web"}), CONDITIONS
            ),
            Case("charge.refunded", "fields_of_refund_and_credit_memo", _refunded, OF_REFUNDS),
            Case("charge.succeeded", "a_field_of_ours_taken_away", lambda s: s.sale(), TAKEN_AWAY),
            Case("charge.succeeded", "a_mapped_value_that_does_not_fit", lambda s: s.sale(metadata={"class_id": "Retail"}), MAPPINGS),
        ),
    ),
    Row(
        "2.4, 2.7",
        "service period of a line",
        "in the columns that settings name; Stripe's end is exclusive, NetSuite's inclusive",
        (Case("invoice.finalized", "service_periods_of_a_subscription", _subscribed, PERIODS),),
    ),
    Row(
        "2.5",
        "personal data (`privacy.personal_data = none`)",
        "no name, e-mail, phone or address is written",
        (Case("customer.created", "without_personal_data", lambda s: s.customer(phone="+44 20 7946 0018", address=ADA), PRIVATE),),
    ),
)
