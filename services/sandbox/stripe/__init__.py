"""A Stripe account on loopback: stateful objects whose money is conserved, Stripe's HTTP reads, and signed webhooks."""
