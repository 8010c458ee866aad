"""Data of Stripe and NetSuite beside the repository, for the tests that can do without it: they skip cleanly when it is absent."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[1].parent / "shared"

needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the sample data beside the repository is not here")
