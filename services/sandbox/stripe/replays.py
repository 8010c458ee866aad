"""Stripe's idempotency keys: the same request again gets the same answer again, and nothing happens twice."""

from __future__ import annotations

import json
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

HEADER = "Idempotency-Key"


class Replays:
    """Used under the account's lock. https://docs.stripe.com/api/idempotent_requests: errors are kept too, once anything ran."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[tuple[str, str, bytes], Response]] = {}

    def answer(self, request: Request, body: bytes, act: Callable[[], Response]) -> Response:
        key = request.headers.get(HEADER)
        if not key:
            return act()
        asked = (request.method, request.url.path, body)
        if key not in self._kept:
            self._kept[key] = (asked, act())
            return self._kept[key][1]
        before, answer = self._kept[key]
        if asked != before:
            message = f"Keys for idempotent requests can only be used with the same parameters they were first used with: '{key}'."
            return Response(json.dumps({"error": {"message": message, "type": "idempotency_error"}}), 400, media_type="application/json")
        again = Response(answer.body, answer.status_code, dict(answer.headers))
        again.headers["Idempotent-Replayed"] = "true"
        return again
