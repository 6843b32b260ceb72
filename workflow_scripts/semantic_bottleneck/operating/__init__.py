"""What a person who runs a study asks of it: is this machine ready, and how far is the run? Standard library only."""
