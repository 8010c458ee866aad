"""The doctor's look at Stripe: the key, its mode, each right that reading needs, the webhook secrets, connected accounts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from adapters.stripe.faults import RIGHTS
from core.outcome import CannotSync
from services.config import StripeSection
from services.doctor.check import Check, Side

STRIPE = Side("Stripe")
KEY = "stripe.api_key"
SECRETS = "stripe.webhook_secrets"


class Lists(Protocol):
    """The lists of one Stripe account."""

    def newest(self, collection: str) -> object:
        """The newest object of a list, None when it is empty; CannotSync when it may not be read."""
        ...


class Reader(Protocol):
    """The Stripe reader, as far as the doctor needs it."""

    def account(self, account: str) -> Lists:
        """Those of a connected account, of the own one for ""."""
        ...


def stripe_checks(given: StripeSection, accounts: tuple[str, ...], reader: Reader) -> Iterator[Check]:
    """Every check of Stripe's side; `accounts` are connected accounts. Stops at a key that Stripe does not know, or at silence."""
    yield _secrets(given)
    yield _kind(given)
    own = reader.account("")
    for collection, right in RIGHTS.items():
        name = f"right {right}: {collection}"
        try:
            own.newest(collection)
        except CannotSync as stopped:
            if stopped.failed.retryable or right not in stopped.failed.message:
                yield STRIPE.failed(KEY, stopped.failed)
                return
            yield STRIPE.failed(name, stopped.failed)
        else:
            yield STRIPE.ok(name, "can be read")
    for account in accounts:
        yield _connected(account, reader)


def _secrets(given: StripeSection) -> Check:
    if not given.secrets:
        return STRIPE.wrong(SECRETS, "no webhook secret is set", "Set it to the signing secret that Stripe shows for the webhook endpoint.")
    strange = [secret for secret in given.secrets if not secret.startswith("whsec_")]
    if strange:
        return STRIPE.warning(
            SECRETS, f"{len(strange)} of them do not begin with whsec_", "Copy the endpoint's signing secret, not its id."
        )
    return STRIPE.ok(SECRETS, f"{len(given.secrets)} set")


def _kind(given: StripeSection) -> Check:
    key, mode = given.api_key.get_secret_value(), "live mode" if given.livemode else "test mode"
    if key.startswith("rk_"):
        return STRIPE.ok(KEY, f"{mode}, restricted")
    if key.startswith("sk_"):
        return STRIPE.warning(
            KEY, f"{mode}, with all rights", "Use a restricted key that may only read: the connector never writes to Stripe."
        )
    return STRIPE.warning(
        KEY, f"{mode}, as far as can be told: it begins neither with rk_ nor with sk_", "Copy the key as Stripe shows it."
    )


def _connected(account: str, reader: Reader) -> Check:
    try:
        reader.account(account).newest("charges")
    except CannotSync as stopped:
        return STRIPE.failed(f"stripe_accounts.{account}", stopped.failed)
    return STRIPE.ok(f"stripe_accounts.{account}", "can be read")
