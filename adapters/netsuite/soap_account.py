"""What a NetSuite account says of itself over SOAP: the same checks as AccountInfo's over REST."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from adapters.netsuite.account import LedgerAccount
from adapters.netsuite.soap_client import SoapClient
from adapters.netsuite.soap_words import ACCOUNT_TYPE
from adapters.netsuite.xml import child, text_of
from core.outcome import CannotSync
from core.records import RecordType

SUITEQL_TYPE = {soap: word for word, soap in ACCOUNT_TYPE.items()}


class SoapAccountInfo:
    """Reads only; every method raises CannotSync as the books do."""

    def __init__(self, client: SoapClient, now: Callable[[], float] = time.time) -> None:
        self._client = client
        self._now = now
        self.skew_s: float | None = None
        """By how many seconds NetSuite's clock is ahead of ours; None until it has answered, which it does to whom it lets in."""

    def currencies(self) -> frozenset[str]:
        """ISO symbols in lower case; NetSuite's own time is asked first, the smallest call that tells whether the log-in works."""
        before = self._now()
        told = text_of(self._client.succeed("getServerTime"), "serverTime")
        self.skew_s = datetime.fromisoformat(told).timestamp() - (before + self._now()) / 2
        return frozenset(text_of(one, "symbol").lower() for one in self._client.every("currency"))

    def accounts(self) -> Mapping[str, LedgerAccount]:
        """The chart of accounts by internal id, its types in SuiteQL's words."""
        found = {one.get("internalId", ""): one for one in self._client.search("AccountSearchBasic")}
        return {
            number: LedgerAccount(number, text_of(one, "acctName"), SUITEQL_TYPE.get(text_of(one, "acctType"), text_of(one, "acctType")))
            for number, one in found.items()
        }

    def subsidiaries(self) -> Sequence[str] | None:
        """Internal ids; None when the account has none to choose from (not OneWorld), or does not show them."""
        try:
            return tuple(one.get("internalId", "") for one in self._client.search("SubsidiarySearchBasic"))
        except CannotSync as stopped:
            if stopped.failed.retryable:
                raise
            return None

    def may_read(self, record_type: RecordType) -> None:
        """CannotSync with NetSuite's text when the role may not see records of this type."""
        self._client.one_of(record_type)

    def concurrency_limit(self) -> int | None:
        """Calls that the account, or this integration, may have in flight; None when the role may not know."""
        limits: list[int] = []
        for operation, name in {"getAccountGovernanceInfo": "account", "getIntegrationGovernanceInfo": "integration"}.items():
            try:
                told = text_of(child(self._client.succeed(operation), f"{name}ConcurrencyLimit"))
            except CannotSync as stopped:
                if stopped.failed.retryable:
                    raise
                continue
            limits += [int(told)] if told.isdigit() else []
        return min(limits, default=None)
