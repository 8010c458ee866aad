"""Who may call what: over TLS a certificate of ours says only "one of ours", so each method has its list of names."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import grpc

log = logging.getLogger(__name__)

LONGEST_S = 366 * 86_400.0
"""Of a call without a deadline gRPC says that centuries are left."""

NAMES = "x509_subject_alternative_name"


@dataclass(frozen=True, slots=True)
class Guard(grpc.ServerInterceptor):
    """Refuses calls of `service` whose certificate bears none of the names that `callers` has for the method ("": any other method),
    and calls without a deadline, before anything of them is looked at. Health and reflection are for every peer with a certificate."""

    service: str
    callers: Mapping[str, frozenset[str]]

    def intercept_service(self, continuation: Callable[[Any], Any], details: grpc.HandlerCallDetails) -> Any:
        """See grpc.ServerInterceptor."""
        handler = continuation(details)
        service, _, method = details.method.lstrip("/").partition("/")
        if handler is None or service != self.service:
            return handler
        allowed = self.callers.get(method, self.callers[""])
        if handler.response_streaming:
            return handler._replace(unary_stream=_guarded(handler.unary_stream, method, allowed))
        return handler._replace(unary_unary=_guarded(handler.unary_unary, method, allowed))


def certificate_names(context: grpc.ServicerContext) -> set[str]:
    """The names in the caller's certificate; none without TLS."""
    shown = cast(Mapping[str, Sequence[bytes]], context.auth_context())
    return {name.decode(errors="replace") for name in shown.get(NAMES, ())}


def _guarded(serve: Callable[[Any, Any], Any], method: str, allowed: frozenset[str]) -> Callable[[Any, Any], Any]:
    def check(request: Any, context: grpc.ServicerContext) -> Any:
        names = certificate_names(context)
        if allowed.isdisjoint(names):
            log.warning("%s was refused to %s, whose certificate names %s", method, context.peer(), ", ".join(sorted(names)) or "nobody")
            context.abort(grpc.StatusCode.PERMISSION_DENIED, f"your certificate is not one that may call {method}")
        if context.time_remaining() > LONGEST_S:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "a call needs a deadline")
        return serve(request, context)

    return check
