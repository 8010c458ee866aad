"""The command line: `stripe-netsuite`."""

from services.cli.main import main

__all__ = ["main"]
