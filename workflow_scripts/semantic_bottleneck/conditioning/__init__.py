"""Conditional vectors, and what they are made from."""
