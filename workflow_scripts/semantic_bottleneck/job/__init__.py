"""What every job and the Snakefile begin and end with: log, device, one sentence when something is wrong."""
