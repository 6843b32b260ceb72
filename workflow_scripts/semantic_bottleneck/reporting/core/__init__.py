"""What every page is built from: tables, claims, style, the look-up of numbers; needs no torch."""
