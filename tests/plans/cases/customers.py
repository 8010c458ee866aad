"""2.2: which NetSuite Customer a Stripe customer is."""

from __future__ import annotations

from tests.plans.golden import Case, Row
from tests.plans.scene import ADA, Scene

PARIS = {"line1": "5 rue Cler", "line2": "Bat. B", "city": "Paris", "state": None, "postal_code": "75007", "country": "FR"}
PERSON = "customers.as_person = true"
BY_EMAIL = 'customers.match = ["email"]'
BY_CRM = 'customers.match = [{ stripe = "metadata.crm_id", netsuite = "accountnumber" }, { stripe = "email", netsuite = "email" }]'
UPDATES = 'customers.update = ["email", "phone"]'


def _renamed(s: Scene) -> None:
    s.world.catalogue.update_customer(s.ada, name="Ada King", email="king@example.com", phone="+44 20 7946 0018")


ROWS = (
    Row(
        "2.2",
        "customer",
        "Customer, a company by name, else description, else e-mail; billing and shipping address, phone, `cus_` id in comments",
        (
            Case("customer.created", "a_company_with_phone_and_address", lambda s: s.customer(phone="+44 20 7946 0018", address=ADA)),
            Case(
                "customer.created",
                "billing_and_shipping_addresses_differ",
                lambda s: s.customer(address=ADA, shipping={"name": "Ada", "phone": None, "address": PARIS}),
            ),
            Case(
                "customer.created",
                "a_country_that_is_none_is_left_out",
                lambda s: s.customer(address={**ADA, "country": "XX"}),
            ),
            Case(
                "customer.created", "without_a_name_the_description", lambda s: s.customer(name=None, description="The Analytical Society")
            ),
            Case("customer.created", "without_name_and_description_the_email", lambda s: s.customer(name=None)),
            Case(
                "customer.created",
                "a_name_longer_than_netsuite_takes",
                lambda s: s.customer("The Society for " + "the Analysis of Engines, " * 4),
            ),
            Case("customer.created", "billed_in_euro", lambda s: s.customer(currency="eur")),
            Case("customer.created", "deleted_in_stripe_meanwhile", lambda s: s.world.catalogue.delete_customer(s.customer())),
        ),
    ),
    Row(
        "2.2",
        "… with first and last name (`customers.as_person`)",
        "a person; metadata `netsuite_first_name`, `netsuite_last_name` win",
        (
            Case("customer.created", "a_person_whose_names_are_known", lambda s: s.customer("Ada King Lovelace"), PERSON),
            Case("customer.created", "a_single_name_stays_a_company", lambda s: s.customer("ACME"), PERSON),
            Case(
                "customer.created",
                "a_person_by_metadata",
                lambda s: s.customer("Lovelace, Ada", metadata={"netsuite_first_name": "Ada", "netsuite_last_name": "Lovelace"}),
                PERSON,
            ),
        ),
    ),
    Row(
        "2.2",
        "… where all sales are one customer's (`customers.policy = global`), or with the first sale only (`customers.create_on`)",
        "nothing; sales are booked to `Stripe Unallocated Charges`, or bring the Customer",
        (
            Case("customer.created", "nothing_under_the_global_customer", lambda s: s.customer(), 'customers.policy = "global"'),
            Case("customer.created", "nothing_before_the_first_sale", lambda s: s.customer(), 'customers.create_on = "transaction"'),
            Case("charge.succeeded", "brings_its_customer", lambda s: s.sale(customer=s.ada), 'customers.create_on = "transaction"'),
            Case("charge.succeeded", "under_the_global_customer", lambda s: s.sale(customer=s.ada), 'customers.policy = "global"'),
        ),
    ),
    Row(
        "2.2",
        "… that NetSuite holds already: by metadata, externalId, then by matching fields",
        "linked, never written; several hits are Failed (ambiguous) with a list",
        (
            Case("customer.created", "linked_by_metadata", lambda s: s.customer(metadata={"netsuite_customer_id": s.their_customer()})),
            Case(
                "customer.created",
                "found_by_its_external_id",
                lambda s: s.their_customer("Ada (migrated)", externalId="cus_1") and s.customer(),
            ),
            Case("customer.created", "matched_by_email", lambda s: s.their_customer(email=" Ada@Example.com ") and s.customer(), BY_EMAIL),
            Case(
                "customer.created",
                "matched_keeps_an_external_id_of_its_own",
                lambda s: s.their_customer(externalId="crm-7") and s.customer(),
                BY_EMAIL,
            ),
            Case(
                "customer.created",
                "matched_by_a_pair_of_fields_before_the_email",
                lambda s: (
                    s.their_customer("Nine", "", accountNumber="CRM 9"),
                    s.their_customer("Other"),
                    s.customer(metadata={"crm_id": "crm 9"}),
                ),
                BY_CRM,
            ),
            Case(
                "customer.created",
                "several_match_and_nothing_is_written",
                lambda s: (s.their_customer(), s.their_customer("ACME Ltd"), s.customer()),
                BY_EMAIL,
            ),
            Case("customer.created", "nobody_matches", lambda s: s.their_customer(email="bob@example.com") and s.customer(), BY_EMAIL),
            Case(
                "customer.created",
                "metadata_beats_matching",
                lambda s: s.their_customer() and s.customer(metadata={"netsuite_customer_id": s.their_customer("Named", "")}),
                BY_EMAIL,
            ),
        ),
    ),
    Row(
        "2.2",
        "… its id in NetSuite (`customers.entity_id`)",
        "NetSuite numbers it; or the Stripe id, where the account allows override",
        (
            Case("customer.created", "its_stripe_id_as_entity_id", lambda s: s.customer(), 'customers.entity_id = "stripe_id"'),
            Case(
                "charge.succeeded",
                "guests_stay_numbered_where_customers_are_not",
                lambda s: s.sale(),
                'customers.entity_id = "stripe_id"',
            ),
        ),
    ),
    Row(
        "2.2",
        "customer updated",
        "nothing; where `customers.update` names fields, those and no others are brought into line",
        (
            Case("customer.updated", "is_ignored_by_default", lambda s: (s.customer(), s.synced(), _renamed(s))),
            Case("customer.updated", "brings_opted_in_fields_into_line", lambda s: (s.customer(), s.synced(), _renamed(s)), UPDATES),
        ),
    ),
)
