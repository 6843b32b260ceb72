"""Random numbers that depend on a seed and on what they are for, and on nothing else."""
