"""Process chaos: both services killed and frozen at any moment while a merchant is at work; when it is calm again, the books are right."""
