"""Conditional vectors as data: a folder that everything geometric can start from, without a checkpoint."""
