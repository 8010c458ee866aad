"""An in-memory, double-entry NetSuite account that speaks the REST record service: the sandbox and the tests stand on it."""

from adapters.netsuite.emulator.account import SANDBOX_CHART, Account, Chart, Currency
from adapters.netsuite.emulator.derived import OpenItem
from adapters.netsuite.emulator.exchange import Reply
from adapters.netsuite.emulator.ledger import TrialBalanceLine
from adapters.netsuite.emulator.rest import NetSuite
from adapters.netsuite.emulator.store import StoredRecord

__all__ = ["SANDBOX_CHART", "Account", "Chart", "Currency", "NetSuite", "OpenItem", "Reply", "StoredRecord", "TrialBalanceLine"]
