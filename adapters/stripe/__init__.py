"""Stripe: its objects as snapshots, read over its API or from memory, and its webhooks."""
