"""Scores of generated samples, each with an interval: pure functions on float64 arrays."""
