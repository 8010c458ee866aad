"""The doctor's look at NetSuite: the log-in, the clock, the accounts of the settings, currencies, subsidiary, period, concurrency."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from adapters.netsuite.account import LedgerAccount
from core.outcome import CannotSync
from core.ports import NetSuiteBooks
from core.records import RecordType
from services.bookkeeping import AccountsSection
from services.config import Config
from services.doctor.check import Check, Side

NETSUITE = Side("NetSuite")
LOG_IN = "log-in"
# Oracle help, section_1534941088: token-based authentication takes five minutes.
SKEW_REFUSED_S = 300
SKEW_NOTED_S = 60
NOT_PRODUCTION = re.compile(r"[_-](SB|RP)\d*$|^(TSTDRV|TD)\d+", re.IGNORECASE)

INCOME = frozenset({"Income", "OthIncome"})
EXPENSE = frozenset({"Expense", "OthExpense", "COGS"})
EITHER = INCOME | EXPENSE
# The types (in SuiteQL's words) that fit each account of the settings. What NetSuite itself refuses is wrong; the rest is an accountant's choice.
REFUSED_ELSE = {
    "undeposited_funds": frozenset({"OthCurrAsset"}),
    "receivable": frozenset({"AcctRec"}),
    "bank": frozenset({"Bank"}),
    "income": INCOME | {"DeferRevenue"},
}
USUAL = {
    "payment_fees": EXPENSE,
    "stripe_fees": EXPENSE,
    "network_fees": EXPENSE,
    "application_fees": EXPENSE,
    "dispute_fees": EXPENSE,
    "dispute_reversals": EITHER,
    "bad_debt": EITHER,
    "discounts": EITHER,
    "tax_payable": frozenset({"OthCurrLiab", "LongTermLiab"}),
}
# A line of a Deposit cannot post to these.
NEVER = frozenset({"AcctRec", "AcctPay", "NonPosting", "Stat"})


class Info(Protocol):
    """What the account says of itself, over REST or SOAP; see AccountInfo."""

    @property
    def skew_s(self) -> float | None: ...

    def currencies(self) -> frozenset[str]: ...

    def accounts(self) -> Mapping[str, LedgerAccount]: ...

    def subsidiaries(self) -> Sequence[str] | None: ...

    def may_read(self, record_type: RecordType) -> None: ...

    def concurrency_limit(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class NetSuiteSide:
    """All that is looked at; `today` in the ledger's time zone."""

    config: Config
    info: Info
    books: NetSuiteBooks
    today: date

    def checks(self) -> Iterator[Check]:
        """Every check of NetSuite's side. Without a log-in there is nothing else to see."""
        try:
            currencies = self.info.currencies()
        except CannotSync as stopped:
            yield NETSUITE.failed(LOG_IN, stopped.failed)
            yield from self._clock()
            return
        given = self.config.netsuite
        yield NETSUITE.ok(LOG_IN, f"{given.account}, {given.auth}" + (", over SOAP" if given.protocol == "soap" else ""))
        yield from self._clock()
        yield from self._mode()
        for name, look in {
            "rights": self._rights,
            "accounts": self._accounts,
            "accounts.bank": lambda: self._bank_currencies(currencies),
            "ledger.subsidiary": self._subsidiary,
            "posting period": self._period,
            "netsuite.concurrency": self._concurrency,
            "netsuite.protocol": self._protocol,
        }.items():
            try:
                yield from look()
            except CannotSync as stopped:
                yield NETSUITE.failed(name, stopped.failed)

    def _clock(self) -> Iterator[Check]:
        skew = self.info.skew_s
        if skew is None:
            return
        off = f"this machine's clock is {abs(skew):.0f} s {'behind' if skew > 0 else 'ahead of'} NetSuite's"
        remedy = "Let NTP set the clock: log-ins are signed with the time."
        if abs(skew) >= SKEW_REFUSED_S:
            yield NETSUITE.wrong("clock", off, remedy)
        elif abs(skew) >= SKEW_NOTED_S:
            yield NETSUITE.warning("clock", off, remedy)
        else:
            yield NETSUITE.ok("clock", "agrees with NetSuite's")

    def _mode(self) -> Iterator[Check]:
        """A live key beside a sandbox account, or the reverse; an account on this machine is a rehearsal of either."""
        given = self.config.netsuite
        if given.base_url.startswith("http://"):
            return
        live, production = self.config.stripe.livemode, not NOT_PRODUCTION.search(given.account)
        if live and not production:
            yield NETSUITE.warning("mode", f"Stripe's live mode is booked to {given.account}, no production account", "Is that meant so?")
        elif production and not live:
            yield NETSUITE.warning(
                "mode", f"Stripe's test mode is booked to {given.account}, a production account", "Use a sandbox account."
            )
        else:
            yield NETSUITE.ok("mode", "live to production" if live else "test mode to a sandbox account")

    def _rights(self) -> Iterator[Check]:
        """Each type of record that is written must at least be seen; whether it may be written shows with the first write."""
        for record_type in RecordType:
            try:
                self.info.may_read(record_type)
            except CannotSync as stopped:
                yield NETSUITE.failed(f"right: {record_type}", stopped.failed)
            else:
                yield NETSUITE.ok(f"right: {record_type}", "can be read")

    def _accounts(self) -> Iterator[Check]:
        chart = self.info.accounts()
        for table, section in self._tables():
            for name, account in section.model_dump(exclude={"bank"}).items():
                if account:
                    yield _account(f"{table}.{name}", name, chart.get(account), account)
            for currency, account in section.bank.by_currency.items():
                yield _account(f"{table}.bank.{currency}", "bank", chart.get(account), account)
        if out_of_band := self.config.invoices.out_of_band:
            yield _account("invoices.out_of_band", "out_of_band", chart.get(out_of_band), out_of_band)

    def _bank_currencies(self, currencies: frozenset[str]) -> Iterator[Check]:
        named = sorted({currency for _, section in self._tables() for currency in section.bank.by_currency})
        unknown = [currency for currency in named if currency not in currencies]
        if unknown:
            found = ", ".join(unknown)
            yield NETSUITE.wrong(
                "currencies", f"NetSuite has no currency {found}", "Add it in NetSuite, or correct the key in [accounts.bank]."
            )
        elif named:
            yield NETSUITE.ok("currencies", f"of [accounts.bank]: all are there ({', '.join(named)})")

    def _tables(self) -> Iterator[tuple[str, AccountsSection]]:
        """Every table of accounts: the one for all, and what Stripe accounts have of their own."""
        yield "accounts", self.config.accounts
        for account, section in self.config.stripe_accounts.items():
            yield f"stripe_accounts.{account}.accounts", section.accounts

    def _subsidiary(self) -> Iterator[Check]:
        found = self.info.subsidiaries()
        yield _subsidiary("ledger.subsidiary", self.config.ledger.subsidiary, found)
        for account, section in self.config.stripe_accounts.items():
            if section.subsidiary:
                yield _subsidiary(f"stripe_accounts.{account}.subsidiary", section.subsidiary, found)
        for number, rule in enumerate(self.config.subsidiaries, 1):
            yield _subsidiary(f"subsidiaries, rule {number}", rule.subsidiary, found)

    def _period(self) -> Iterator[Check]:
        first = self.books.first_open_day(self.today)
        if first == self.today:
            yield NETSUITE.ok("posting period", f"{self.today} is open")
        elif first is None:
            yield NETSUITE.wrong("posting period", f"no day from {self.today} on is open", "Set up or open accounting periods in NetSuite.")
        else:
            remedy = "Open the period, unless the [periods] policy is meant to move records."
            yield NETSUITE.warning("posting period", f"{self.today} is closed; the first open day is {first}", remedy)

    def _protocol(self) -> Iterator[Check]:
        """Oracle help, article_2104046421: 2025.2 is the last endpoint, and from 2028.2 there is none."""
        if self.config.netsuite.protocol == "soap":
            remedy = 'Plan for netsuite.protocol = "rest" with netsuite.auth = "oauth2".'
            yield NETSUITE.warning("netsuite.protocol", "SOAP ends with NetSuite's release 2028.2", remedy)

    def _concurrency(self) -> Iterator[Check]:
        name, wanted, limit = "netsuite.concurrency", self.config.netsuite.concurrency, self.info.concurrency_limit()
        if limit is None:
            yield NETSUITE.ok(name, f"{wanted}; the account's limit is shown to administrators only")
        elif wanted > limit:
            yield NETSUITE.warning(name, f"{wanted}, and the account allows {limit}", f"Set it to {max(1, limit - 1)} or less.")
        else:
            yield NETSUITE.ok(name, f"{wanted} of the {limit} that the account allows")


def _subsidiary(name: str, chosen: str, found: Sequence[str] | None) -> Check:
    if found is None and chosen:
        return NETSUITE.warning(
            name, f"{chosen} is set, and the account shows no subsidiaries", "Leave it empty unless it is a OneWorld account."
        )
    if found is None:
        return NETSUITE.ok(name, "not needed: no OneWorld account")
    if not chosen and len(found) > 1:
        return NETSUITE.wrong(name, "is not set, and the account has several", f"Set it to one of {', '.join(found)}.")
    if chosen and chosen not in found:
        return NETSUITE.wrong(name, f"{chosen} is no subsidiary", f"Set it to one of {', '.join(found)}.")
    return NETSUITE.ok(name, chosen or "the only one")


def _account(setting: str, role: str, found: LedgerAccount | None, account: str) -> Check:
    if found is None:
        return NETSUITE.wrong(
            setting, f"NetSuite has no account with the internal id {account}", "Set the internal id, not the account's number."
        )
    fitting, must = (REFUSED_ELSE[role], True) if role in REFUSED_ELSE else (USUAL.get(role), False)
    said = f"{account} {found.name} ({found.type})"
    if fitting is None:
        fits = found.type not in NEVER
        wanted, must = f"none of {', '.join(sorted(NEVER))}", True
    else:
        fits, wanted = found.type in fitting, " or ".join(sorted(fitting))
    if fits:
        return NETSUITE.ok(setting, said)
    remedy = f"Set it to an account of type {wanted}."
    return NETSUITE.wrong(setting, said, remedy) if must else NETSUITE.warning(setting, said, remedy)
