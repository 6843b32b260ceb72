"""What Snakemake recorded of the results that are there."""

from snakemake.io import IOFile


def recorded_inputs(wildcards):
    """Every file and folder in results/ that a rule made -> the inputs of its job."""
    found = {str(path): workflow.persistence.input(IOFile(str(path))) for path in Path("results").rglob("*")}
    return {path: inputs for path, inputs in found.items() if inputs}
