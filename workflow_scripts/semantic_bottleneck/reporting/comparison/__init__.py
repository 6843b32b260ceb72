"""The comparison of two result folders."""
