"""From a checkpoint's address to its tensors: only the needed bytes, never running anything the file contains."""
