"""What should happen: pure rules from what Stripe says to what NetSuite should hold. No library, no wire, no clock, no disk."""
