include: "inputs/downloads.smk"


# Compute nodes often have no network: under a cluster profile these run where Snakemake was started, and no others open a
# connection. How many at a time, the profile's resource `downloads` says.
localrules:
    read_conditioner,
    fetch_checkpoint,
    fetch_evaluator,
    fetch_decoder,
    fetch_network,
    fetch_condition_encoders,
    fetch_reference,
    fetch_encoder,
    fetch_alignment,
    fetch_dataset,


rule downloads:
    input:
        partial(with_notice, target="downloads"),
