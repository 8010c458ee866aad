"""Both sandboxes on one address: Stripe under /v1, NetSuite under /services and /wsdl, and the knobs of each under /sandbox/<its name>."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

KNOBS = ("/sandbox/stripe", "/sandbox/netsuite")


class SandboxApp:
    """Sends each request to the sandbox that it is for."""

    def __init__(self, stripe: ASGIApp, netsuite: ASGIApp) -> None:
        self._stripe = stripe
        self._netsuite = netsuite

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        stripe_knobs, netsuite_knobs = KNOBS
        if path.startswith(stripe_knobs):
            await self._stripe(_at_knobs(scope, stripe_knobs), receive, send)
        elif path.startswith(netsuite_knobs):
            await self._netsuite(_at_knobs(scope, netsuite_knobs), receive, send)
        else:
            await (self._netsuite if path.startswith(("/services/", "/wsdl/")) else self._stripe)(scope, receive, send)


def _at_knobs(scope: Scope, knobs: str) -> Scope:
    """Each sandbox knows its own knobs under /sandbox."""
    path = "/sandbox" + scope["path"].removeprefix(knobs)
    return {**scope, "path": path, "raw_path": path.encode()}
