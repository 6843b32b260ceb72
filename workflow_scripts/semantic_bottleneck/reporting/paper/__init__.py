"""The report on the paper: its tables, figures, claims and texts."""
