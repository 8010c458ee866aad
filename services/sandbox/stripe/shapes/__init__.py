"""Stripe's objects as JSON, every field of the pinned API version present; one function per object, no behaviour."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

# https://docs.stripe.com/api/versioning: the version the sandbox speaks, the connector's own pin.
API_VERSION = "2026-10-28.endive"


def fields(*names: str) -> Json:
    """The named fields, empty; a name may be several, apart by spaces."""
    return dict.fromkeys(" ".join(names).split())


def listing(data: list[Json], url: str) -> Json:
    """https://docs.stripe.com/api/pagination: a list that fits on one page."""
    return {"object": "list", "data": data, "has_more": False, "url": url}


def copied(value: Any) -> Any:
    """A copy that shares nothing with the original: events and answers must not change when the object does."""
    if isinstance(value, dict):
        return {key: copied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [copied(item) for item in value]
    return value
