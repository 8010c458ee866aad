"""The deterministic simulation: the real core, services and SQL stores over simulated ports, one thread, one seed."""
