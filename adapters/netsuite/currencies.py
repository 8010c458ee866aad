"""NetSuite's ids of currencies by ISO code: asked once, kept, and asked again only for one that was not there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from core.outcome import CannotSync, Failed, Kind

QUERY = "SELECT id, symbol FROM currency"


class Currencies:
    """Thread-safe. `ask` answers a SuiteQL query with rows of strings."""

    def __init__(self, ask: Callable[[str], list[Mapping[str, str]]]) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._ids: Mapping[str, str] = {}

    def id_of(self, code: str) -> str:
        """The internal id of an ISO code in any case; CannotSync(refused) when the account has no such currency."""
        symbol = code.upper()
        found = self._ids.get(symbol) or self._asked_again().get(symbol)
        if found is None:
            message = f"NetSuite has no currency {symbol}"
            remedy = f"Add {symbol} in NetSuite (Lists > Accounting > Currencies) and to the customer's currencies, then retry."
            raise CannotSync(Failed(Kind.REFUSED, message, remedy, field="currency"))
        return found

    def symbol_of(self, currency_id: str) -> str:
        """The ISO code, in lower case, of an internal id that a record of the account names; KeyError when the account has no such currency."""
        if currency_id not in self._ids.values():
            self._asked_again()
        return {held: symbol for symbol, held in self._ids.items()}[currency_id].lower()

    def _asked_again(self) -> Mapping[str, str]:
        with self._lock:
            self._ids = {row["symbol"].upper(): row["id"] for row in self._ask(QUERY) if row.get("symbol")}
            return self._ids
