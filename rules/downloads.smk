include: "inputs/downloads.smk"


# Compute nodes often have no network: rules that ask one are `localrule`s, which a cluster profile runs where Snakemake was
# started, and no other job opens a connection. How many at a time, the profile's resource `downloads` says.
rule downloads:
    input:
        partial(with_notice, target="downloads"),
