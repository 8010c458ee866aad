"""Several Stripe accounts: each is asked at its own door, everything else at the common one."""

from __future__ import annotations

from contextlib import closing

import pytest

from adapters.stripe.accounts import AccountsReader
from adapters.stripe.api import ApiReader
from core.outcome import CannotSync, Kind
from core.snapshot import Customer
from services.sandbox.stripe.app import API_KEY, stripe_app
from services.sandbox.stripe.world import World
from tests.stripe_api import serving


def test_an_account_with_a_key_of_its_own_is_read_with_it() -> None:
    own, other = World(seed=1), World(seed=2)
    ours, theirs = own.catalogue.customer("Ours", "ours@example.com"), other.catalogue.customer("Theirs", "theirs@example.com")
    with serving(stripe_app(own)) as first, serving(stripe_app(other)) as second:
        reader = AccountsReader(ApiReader(API_KEY, first), {"acct_2": ApiReader(API_KEY, second)})
        with closing(reader):
            assert reader.read(Customer, ours).name == "Ours"
            assert reader.read(Customer, theirs, "acct_2").name == "Theirs"
            with pytest.raises(CannotSync) as stopped:
                reader.read(Customer, theirs)
    assert stopped.value.failed.kind is Kind.GONE
