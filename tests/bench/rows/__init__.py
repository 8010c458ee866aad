"""The rows of the table, one module a group, in the table's order."""

from __future__ import annotations

from tests.bench.rows import accept, commit, hop, peers, plan, verify

GROUPS = (accept.GROUP, *peers.GROUPS, commit.GROUP, verify.GROUP, hop.GROUP, plan.GROUP)
