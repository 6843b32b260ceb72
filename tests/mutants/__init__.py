"""Faults planted by the hundred, to see whether the tests notice: `make mutants`."""
