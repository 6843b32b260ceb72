"""What makes c in the transformers of diffusers, under the tensor names of their files."""
