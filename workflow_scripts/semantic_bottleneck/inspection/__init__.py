"""From a checkpoint's address to what it is, the geometry of its c, and its model card."""
