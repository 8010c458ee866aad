"""2.3: which NetSuite item a Stripe price is."""

from __future__ import annotations

from services.sandbox.stripe.invoices import Line
from tests.plans.golden import Case, Row

BY_SKU = 'items.match = [{ stripe = "metadata.sku", netsuite = "itemid" }]'
GLOBAL = 'items.policy = "global"'

ROWS = (
    Row(
        "2.3",
        "price",
        "ServiceSaleItem named by product and price id, posting to `accounts.income`",
        (
            Case("price.created", "an_item_named_by_its_product", lambda s: s.price()),
            Case("price.created", "a_product_name_longer_than_netsuite_takes", lambda s: s.price(product="Professional support, " * 4)),
            Case("price.created", "in_a_subsidiary", lambda s: s.price(), 'ledger.subsidiary = "1"'),
        ),
    ),
    Row(
        "2.3, 5.14",
        "… one for all (`items.policy = global`), or made inline for one line",
        "nothing; the lines sell `Stripe Item`",
        (
            Case("price.created", "nothing_under_the_global_item", lambda s: s.price(), GLOBAL),
            Case("price.created", "inline_is_no_item", lambda s: s.world.catalogue.inline_price(s.product("As agreed"), 4_200, "usd")),
            Case("invoice.finalized", "lines_of_the_global_item", lambda s: s.invoice(*s.three_lines()), GLOBAL),
        ),
    ),
    Row(
        "2.3",
        "… that NetSuite holds already: by matching fields, then by metadata",
        "linked; several hits are Failed (ambiguous)",
        (
            Case("price.created", "matched_by_sku", lambda s: s.their_item("pro-1") and s.price(metadata={"sku": "PRO-1"}), BY_SKU),
            Case("price.created", "linked_by_metadata", lambda s: s.price(metadata={"netsuite_service_sale_item_id": s.their_item()})),
            Case(
                "price.created",
                "linked_to_an_item_of_another_type",
                lambda s: s.price(metadata={"netsuite_non_inventory_resale_item_id": s.their_item()}),
            ),
            Case(
                "invoice.finalized",
                "an_item_named_where_nothing_matches",
                lambda s: s.invoice(
                    s.line(metadata={}), Line(s.price(metadata={"sku": "PRO-1", "netsuite_service_sale_item_id": s.their_item("Other")}))
                ),
                BY_SKU,
            ),
            Case(
                "price.created",
                "matching_beats_metadata",
                lambda s: (
                    s.their_item("pro-1") and s.price(metadata={"sku": "PRO-1", "netsuite_service_sale_item_id": s.their_item("Other")})
                ),
                BY_SKU,
            ),
        ),
    ),
)
