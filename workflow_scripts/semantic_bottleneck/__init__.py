"""Pure functions behind the workflow; nothing runs at import and nothing here knows Snakemake."""
