"""The columns of a file of scores."""

COLUMNS = (
    *("model", "variant", "metric", "quantity", "subset", "value", "low", "high", "standard_error", "p_value"),
    *("method", "n", "note"),
)
WHOLE = 0
"""`subset` of scores of all samples; else the number of the first samples that were scored alone."""
