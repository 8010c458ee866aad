"""Seeds whose stories went wrong once, and what it was, so that they stay right."""

from __future__ import annotations

REGRESSIONS: tuple[tuple[int, str], ...] = (
    (87, "a sale in a currency that its customer lacks falls into a closed period"),
    (8, "the same, told late and in disorder"),
    (47, "two writers find and make the same payment, whose day had to move"),
    (750, "of two calls for one refund the one looks in NetSuite while the other writes, and does not learn that what it saw has moved"),
    (8188, "a refund in another currency that fails when its month is closed waits for a person, and is right when he has reopened it"),
    (1363, "a writer that stood still says synced of what it wrote before its turn lapsed, while another's later call is in doubt"),
    (1894, "the window of a call without an answer counts from when it was stored, though the writer was held up before it sent it"),
    (9666, "the same with a payment, its refunds, and two writers"),
)
