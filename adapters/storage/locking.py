"""What the transactions of several processes lock: objects in the order of their keys, so that nobody waits in a circle; and the newest token."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, select

from adapters.storage.accepting import MOST_AT_ONCE
from adapters.storage.by_dialect import ByDialect
from adapters.storage.tables import last_token, work_item

TOKENS = ByDialect(
    last_token,
    lambda insertion: (
        insertion.values(only=1, token=bindparam("claims"))
        .on_conflict_do_update(index_elements=[last_token.c.only], set_={"token": last_token.c.token + insertion.excluded.token})
        .returning(last_token.c.token)
    ),
)
"""So many tokens for claims, the newest one; until the end of the transaction nobody else gets any."""


def locked(connection: Connection, which: ColumnElement[bool]) -> Sequence[str]:
    """The keys of the objects for which `which` holds, locked in their order."""
    return (
        connection.execute(select(work_item.c.object_key).where(which).order_by(work_item.c.object_key).with_for_update()).scalars().all()
    )


def parts(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """As many at once as a statement takes."""
    for start in range(0, len(values), MOST_AT_ONCE):
        yield values[start : start + MOST_AT_ONCE]
