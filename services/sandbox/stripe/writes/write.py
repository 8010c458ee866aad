"""One address of Stripe's API that changes something."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from services.sandbox.stripe.form import Form
from services.sandbox.stripe.shapes import Json
from services.sandbox.stripe.world import World


@dataclass(frozen=True, slots=True)
class Write:
    """`takes` names the parameters, apart by spaces, besides `expand`; `run` gets the ids of the path and gives the object to answer."""

    run: Callable[[World, Mapping[str, str], Form], Json]
    takes: str = ""

    def __call__(self, world: World, keys: Mapping[str, str], form: Form) -> Json:
        form.known((*self.takes.split(), "expand"))
        return self.run(world, keys, form)
