"""Customers and what is sold to them, made and changed as a merchant does."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from services.sandbox.stripe.account import Account, StripeRefuses, operation
from services.sandbox.stripe.shapes import Json, catalogue, copied


class Catalogue:
    """Every method gives the new object's id."""

    def __init__(self, account: Account) -> None:
        self.account = account

    @operation
    def customer(
        self,
        name: str | None,
        email: str | None,
        *,
        address: Json | None = None,
        description: str | None = None,
        phone: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> str:
        account = self.account
        prefix = account.ids.code("invoice_prefix", 8).upper()
        made = catalogue.customer(
            account.ids.new("cus"),
            account.now,
            name=name,
            email=email,
            invoice_prefix=prefix,
            address=copied(address),
            metadata=dict(metadata or {}),
        )
        return self._created("customer.created", made | {"description": description, "phone": phone})

    @operation
    def update_customer(self, customer: str, /, **changes: object) -> None:
        """Change fields by Stripe's own names."""
        found = self.account.living("customer", customer)
        if unknown := sorted(changes.keys() - found.keys()):
            raise StripeRefuses("parameter_unknown", f"Received unknown parameter: {unknown[0]}")
        previous = self.account.change(found, **changes)
        self.account.emit("customer.updated", found, previous)

    @operation
    def delete_customer(self, customer: str) -> None:
        """Only `{id, object, deleted}` can be read afterwards; the event still holds the whole customer."""
        account = self.account
        account.emit("customer.deleted", account.living("customer", customer))
        account.forget(customer, {"id": customer, "object": "customer", "deleted": True})

    @operation
    def product(self, name: str, *, description: str | None = None, metadata: Mapping[str, str] | None = None) -> str:
        made = catalogue.product(self.account.ids.new("prod"), self.account.now, name=name)
        return self._created("product.created", made | {"description": description, "metadata": dict(metadata or {})})

    @operation
    def delete(self, kind: str, key: str) -> Json:
        """A coupon, or a product without prices; gives the stub that is left."""
        found = self.account.living(kind, key)
        if kind == "product" and self.account.listed("price", "product", key):
            raise StripeRefuses("", "This product cannot be deleted because it has one or more user-created prices.")
        stub = {"id": key, "object": kind, "deleted": True}
        self.account.emit(f"{kind}.deleted", found)
        self.account.forget(key, stub)
        return stub

    @operation
    def price(
        self,
        product: str,
        unit_amount: int | Decimal,
        currency: str = "usd",
        *,
        interval: str | None = None,
        nickname: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> str:
        """`unit_amount` in minor units, with a fraction when it is a Decimal that has one."""
        return str(self._price(product, Decimal(unit_amount), currency, interval, nickname, dict(metadata or {}))["id"])

    def inline_price(self, product: str, unit_amount: int, currency: str) -> Json:
        """The price that Stripe makes of an invoice line's own data: one-time, and inactive from birth."""
        return self._price(product, Decimal(unit_amount), currency, None, None, {}, active=False)

    def _price(
        self,
        product: str,
        unit_amount: Decimal,
        currency: str,
        interval: str | None,
        nickname: str | None,
        metadata: Json,
        *,
        active: bool = True,
    ) -> Json:
        account = self.account
        account.of("product", product)
        made = catalogue.price(
            account.ids.new("price"),
            account.now,
            product=product,
            unit_amount=unit_amount,
            currency=currency,
            interval=interval,
            nickname=nickname,
            metadata=metadata,
            active=active,
        )
        self._created("price.created", made)
        return made

    @operation
    def coupon(
        self,
        name: str | None,
        *,
        percent_off: Decimal | None = None,
        amount_off: int | None = None,
        currency: str = "usd",
        metadata: Mapping[str, str] | None = None,
    ) -> str:
        """Exactly one of `percent_off` (0 to 100) and `amount_off` (minor units)."""
        if (percent_off is None) == (amount_off is None):
            raise StripeRefuses("parameter_missing", "Must provide either percent_off or amount_off.")
        code = self.account.ids.code("coupon", 8)
        made = catalogue.coupon(
            code,
            self.account.now,
            name=name,
            percent_off=percent_off,
            amount_off=amount_off,
            currency=currency,
            metadata=dict(metadata or {}),
        )
        return self._created("coupon.created", made)

    @operation
    def tax_rate(self, display_name: str, percentage: Decimal, *, inclusive: bool = False, description: str | None = None) -> str:
        account = self.account
        made = catalogue.tax_rate(
            account.ids.new("txr"), account.now, display_name=display_name, percentage=percentage, inclusive=inclusive
        )
        return self._created("tax_rate.created", made | {"description": description})

    def _created(self, event: str, made: Json) -> str:
        self.account.emit(event, self.account.keep(made))
        return str(made["id"])
