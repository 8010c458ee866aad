"""Several Stripe accounts, some with a key of their own: a StripeReader that asks each with its key."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.stripe.api import ApiAccount, ApiReader
from adapters.stripe.reading import Reading


class AccountsReader(Reading):
    """`common` reads the own account and what is connected to it; `others` are accounts with keys of their own, by account id."""

    def __init__(self, common: ApiReader, others: Mapping[str, ApiReader]) -> None:
        self._common, self._others = common, dict(others)

    def account(self, account: str) -> ApiAccount:
        own = self._others.get(account)
        return own.account("") if own else self._common.account(account)

    def close(self) -> None:
        for reader in (self._common, *self._others.values()):
            reader.close()
