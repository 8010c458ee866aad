"""The sandbox's Stripe as one ASGI application: Stripe's API under /v1, the sandbox's own questions under /sandbox."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.sandbox.stripe.api import Api
from services.sandbox.stripe.faults import Fault, Faults
from services.sandbox.stripe.lists import BELOW, RESOURCES
from services.sandbox.stripe.world import World
from services.sandbox.stripe.writes import WRITES

API_KEY = "sk_test_sandbox"


def stripe_app(world: World, api_key: str = API_KEY, faults: Faults | None = None) -> Starlette:
    """Serve with any ASGI server; `faults` lets a test script 429s and outages."""
    scripted = faults or Faults()
    api = Api(world, api_key, scripted)

    async def balance(_: Request) -> Response:
        """By currency, minor units: `balance` with Stripe, `in_transit` to the bank, `not_paid_out` their sum."""
        with world.account.lock:
            return JSONResponse(world.ledger.not_paid_out())

    async def fault(request: Request) -> Response:
        """Script a fault: a JSON object with the fields of Fault."""
        try:
            scripted.script(Fault(**await request.json()))
        except (TypeError, ValueError) as refusal:
            return JSONResponse({"error": str(refusal)}, 400)
        return Response(status_code=204)

    routes = [Route("/sandbox/balance", balance), Route("/sandbox/faults", fault, methods=["POST"])]
    routes += [Route("/v1/balance", api.balance), Route("/v1/account", api.own_account)]
    routes += [Route(f"/v1/{owners}/{{id}}/{name}", api.below) for owners, name in BELOW]
    routes += [Route(path, api.write, methods=[method]) for method, path in WRITES]
    for path in RESOURCES:
        routes += [Route(f"/v1/{path}", api.list), Route(f"/v1/{path}/{{id}}", api.retrieve)]
    routes += [Route("/{path:path}", api.unknown, methods=["GET", "POST", "DELETE"])]
    return Starlette(routes=routes)
