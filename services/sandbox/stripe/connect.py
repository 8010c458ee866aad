"""Money between Stripe balances: a platform's fees and transfers, and money the merchant adds from his bank."""

from __future__ import annotations

from collections.abc import Mapping

from services.sandbox.stripe.account import Account, StripeRefuses, automatic, operation
from services.sandbox.stripe.ledger import Ledger
from services.sandbox.stripe.shapes import Json, connect, copied, ledger


class Connect:
    """The account as a platform; the connected accounts are no more than their ids. Every method that makes something gives its id."""

    def __init__(self, account: Account, ledger: Ledger) -> None:
        self.account = account
        self.ledger = ledger

    @automatic
    def earn(self, amount: int, currency: str = "usd") -> str:
        """A connected account took a payment, and the platform its fee."""
        account = self.account
        made = connect.application_fee(
            account.ids.new("fee"),
            account.now,
            amount=amount,
            currency=currency,
            account=f"acct_{account.ids.code('connected', 16)}",
            charge=f"ch_{account.ids.code('connected charge', 24)}",
            application=f"ca_{account.ids.code('application', 24)}",
        )
        self._book(account.keep(made), "application_fee", "platform_earning", amount, "Application fee")
        account.emit("application_fee.created", made)
        return str(made["id"])

    @operation
    def give_back(self, fee: str, amount: int) -> str:
        """Refund a part of an application fee, or all of it."""
        account, found = self.account, self.account.of("application_fee", fee)
        self._within(amount, found["amount"] - found["amount_refunded"], fee)
        made = account.keep(connect.fee_refund(account.ids.new("fr"), account.now, fee=found, amount=amount))
        self._book(made, "application_fee_refund", "platform_earning_refund", -amount, "Application fee refund")
        refunded = found["amount_refunded"] + amount
        found["refunds"]["data"].insert(0, copied(made))
        previous = account.change(found, amount_refunded=refunded, refunded=refunded == found["amount"])
        account.emit("application_fee.refunded", found, previous)
        return str(made["id"])

    @operation
    def connect(self) -> str:
        """Another account joins the platform; gives its id. Nothing happens on it here."""
        return str(self.account.keep(ledger.account(f"acct_{self.account.ids.code('connected', 16)}", self.account.now))["id"])

    @operation
    def transfer(self, amount: int, currency: str = "usd", *, to: str | None = None, description: str | None = None) -> str:
        """Send money to a connected account, by default to one of which nothing is known."""
        account, to = self.account, to or f"acct_{self.account.ids.code('connected', 16)}"
        made = connect.transfer(
            account.ids.new("tr"), account.now, amount=amount, currency=currency, destination=to, description=description
        )
        self._book(account.keep(made), "transfer", "transfer", -amount, description or "Transfer")
        account.emit("transfer.created", made)
        return str(made["id"])

    @operation
    def reverse(self, transfer: str, amount: int) -> str:
        """Take a part of a transfer back, or all of it."""
        account, found = self.account, self.account.of("transfer", transfer)
        self._within(amount, found["amount"] - found["amount_reversed"], transfer)
        made = account.keep(connect.transfer_reversal(account.ids.new("trr"), account.now, transfer=found, amount=amount))
        self._book(made, "transfer_refund", "transfer_reversal", amount, "Transfer reversal")
        back = found["amount_reversed"] + amount
        found["reversals"]["data"].insert(0, copied(made))
        previous = account.change(found, amount_reversed=back, reversed=back == found["amount"])
        account.emit("transfer.reversed", found, previous)
        return str(made["id"])

    @operation
    def top_up(
        self, amount: int, currency: str = "usd", *, description: str | None = None, metadata: Mapping[str, str] | None = None
    ) -> str:
        """Add money from the bank; `topup_arrives` brings it."""
        account = self.account
        made = connect.topup(account.ids.new("tu"), account.now, amount=amount, currency=currency)
        made |= {"description": description, "metadata": dict(metadata or {})}
        account.emit("topup.created", account.keep(made))
        return str(made["id"])

    @automatic
    def topup_arrives(self, topup: str) -> None:
        found = self._topup(topup, "pending")
        self._book(found, "topup", "topup", found["amount"], "Top-up")
        self.account.emit("topup.succeeded", found, self.account.change(found, status="succeeded"))

    @automatic
    def topup_returns(self, topup: str) -> None:
        """The bank takes it back after it arrived. The top-up keeps the row that brought it."""
        found = self._topup(topup, "succeeded")
        self.ledger.book(
            "topup_reversal", "topup_reversal", -found["amount"], found["currency"], source=topup, description="Top-up reversal"
        )
        self.account.emit("topup.reversed", found, self.account.change(found, status="reversed"))

    def _book(self, source: Json, kind: str, category: str, amount: int, description: str) -> None:
        row = self.ledger.book(kind, category, amount, source["currency"], source=source["id"], description=description)
        source["balance_transaction"] = row["id"]

    def _topup(self, topup: str, status: str) -> Json:
        found = self.account.of("topup", topup)
        if found["status"] != status:
            raise StripeRefuses("topup_state", f"{topup} is {found['status']}.")
        return found

    def _within(self, amount: int, left: int, key: str) -> None:
        if not 0 < amount <= left:
            raise StripeRefuses("parameter_invalid_integer", f"{amount} is not within what is left of {key} ({left}).")
