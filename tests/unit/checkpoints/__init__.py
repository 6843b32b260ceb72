"""Checkpoints: reading, downloading and refusing them, against a server of our own."""
