"""Tests of the networks, the conditioners and the decoders."""
