"""Who runs: ingest, the writer, the sandboxes and the command line."""

__version__ = "0.1.0"
