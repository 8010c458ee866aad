"""One pure rule per Stripe noun: what Stripe says and what the settings choose -> what NetSuite should hold."""
