"""The two result folders that are compared."""

from semantic_bottleneck.study.result_folders import content_hash, pair_name


def compared_contents(wildcards):
    """What stands in the two result folders, so that a comparison is made anew when one of them changes."""
    if "" in COMPARED.values():
        raise Refusal("compare needs two result folders; add --config left=results/a right=results/b.")
    return {side: refusing(content_hash)(folder) for side, folder in COMPARED.items()}


def compared_pages(wildcards):
    """The forms of the comparison that --config left= and right= ask for."""
    compared_contents(wildcards)
    return files_of(rules.render_comparison.output, pair=pair_name(**COMPARED))
