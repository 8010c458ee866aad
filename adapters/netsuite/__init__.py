"""The NetSuite side: the books over REST, and an emulator of the account they are kept in."""
