"""The rows of the table, one module a group, in the table's order."""

from __future__ import annotations

from tests.bench.rows import accept, backlog, calls, commit, hop, idle, peers, plan, poison, slots, verify

GROUPS = (
    *accept.GROUPS,
    *peers.GROUPS,
    commit.GROUP,
    verify.GROUP,
    hop.GROUP,
    plan.GROUP,
    idle.GROUP,
    calls.GROUP,
    *slots.GROUPS,
    *backlog.GROUPS,
    poison.GROUP,
)
