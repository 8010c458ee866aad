"""Merchants made by numbers: any seed plays a valid one, to prove the product on flows that nobody thought of together."""

from services.sandbox.stripe.merchants.family import EVERY, Family
from services.sandbox.stripe.merchants.play import play_merchant

__all__ = ["EVERY", "Family", "play_merchant"]
