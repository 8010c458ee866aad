"""The servers that others wrote, or that most people write, for the same job: each is installed, started and loaded by the bench itself."""
