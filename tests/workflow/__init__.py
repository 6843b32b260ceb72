"""The real Snakefile on the nano study."""
