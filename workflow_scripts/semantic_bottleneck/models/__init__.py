"""The generative networks and what makes their conditional vectors, under the official tensor names."""
