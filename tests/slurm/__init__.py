"""A real Slurm on this machine, as far as one can be started."""
