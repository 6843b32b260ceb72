"""DiER: an encoder that learns the conditional vector of a diffusion transformer, and what that vector is worth."""
