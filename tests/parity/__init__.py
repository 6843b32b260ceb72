"""Numeric parity with the official implementations: `python -m tests.parity FILE.npz ...`."""
