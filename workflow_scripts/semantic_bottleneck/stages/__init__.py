"""One module per rule: read its files, call the library, write its files. The entry points call nothing else."""
