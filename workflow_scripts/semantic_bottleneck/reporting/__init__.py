"""Results to tables, figures, claims and one self-contained page; needs no torch."""
