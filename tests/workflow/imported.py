"""What every Snakemake call imports before it reads the Snakefile; see forked.py."""

import jsonschema
import snakemake.cli

snakemake.cli.get_argument_parser()  # imports the executors' and other plugins

__all__ = ["jsonschema", "snakemake"]
