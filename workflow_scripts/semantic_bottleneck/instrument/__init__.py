"""The workflow's measurements and edits for a network that is already in memory: ours or one of diffusers."""
