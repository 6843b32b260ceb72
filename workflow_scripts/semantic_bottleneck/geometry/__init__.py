"""The geometry of sets of conditional vectors."""
