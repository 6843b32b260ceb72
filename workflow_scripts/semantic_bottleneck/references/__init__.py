"""Real images, or their statistics, that generated samples are compared with."""
