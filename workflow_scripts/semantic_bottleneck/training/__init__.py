"""Data sets, scorers and miniature diffusion transformers trained in the study itself."""
