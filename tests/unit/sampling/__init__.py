"""Noise, schedules, guidance, samplers and trajectories."""
