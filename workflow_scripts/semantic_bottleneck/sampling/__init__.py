"""Samplers as steps, guidance, counter-based noise and the trajectories made of them."""
