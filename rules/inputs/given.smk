"""Samples from files."""


def given_set(wildcards):
    """What the study says of a set of samples."""
    return STUDY.config["given"][wildcards.model]
