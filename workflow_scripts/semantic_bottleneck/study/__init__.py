"""What the Snakefile knows: cards, studies and what follows from them. Standard library, YAML and jsonschema only."""
