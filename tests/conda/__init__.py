"""`--use-conda` proved without conda-forge: a client that solves against a channel on this disk, links and runs pip."""
