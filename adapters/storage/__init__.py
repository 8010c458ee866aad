"""Where events wait and sync records are kept: SQLite for one process a file, memory for tests and demonstrations."""
