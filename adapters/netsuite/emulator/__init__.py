"""An in-memory, double-entry NetSuite account that speaks the REST record service: the sandbox and the tests stand on it."""

from adapters.netsuite.emulator.account import Account, Chart, Currency, Preferences, Subsidiary
from adapters.netsuite.emulator.charts import ONE_WORLD_CHART, SANDBOX_CHART
from adapters.netsuite.emulator.derived import OpenItem, UndepositedItem
from adapters.netsuite.emulator.exchange import Reply
from adapters.netsuite.emulator.ledger import Transaction, TrialBalanceLine
from adapters.netsuite.emulator.rest import NetSuite
from adapters.netsuite.emulator.store import StoredRecord

__all__ = [
    "ONE_WORLD_CHART",
    "SANDBOX_CHART",
    "Account",
    "Chart",
    "Currency",
    "NetSuite",
    "OpenItem",
    "Preferences",
    "Reply",
    "StoredRecord",
    "Subsidiary",
    "Transaction",
    "TrialBalanceLine",
    "UndepositedItem",
]
