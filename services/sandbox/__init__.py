"""The two outside parties on loopback: a Stripe and a NetSuite that users, the demo and the tests can run without an account."""
