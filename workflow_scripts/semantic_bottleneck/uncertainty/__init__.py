"""Estimates with intervals: jackknife over groups, halves, shares."""
