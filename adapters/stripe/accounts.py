"""Several Stripe accounts, some with a key of their own: a StripeReader that asks each with its key."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.stripe.reading import Account, Reading


class AccountsReader(Reading):
    """`common` reads the own account and what is connected to it; `others` are accounts with keys of their own, by account id."""

    def __init__(self, common: Reading, others: Mapping[str, Reading]) -> None:
        self._common, self._others = common, dict(others)

    def account(self, account: str) -> Account:
        own = self._others.get(account)
        return own.account("") if own else self._common.account(account)
