from functools import partial

from snakemake.utils import min_version

min_version("9.19")


# A study file given with --configfile stands on its own; it is never merged over another study's models.
if "study" not in config:

    configfile: "config/config.yaml"


include: "rules/start.smk"
include: "rules/common.smk"
include: "rules/named_files.smk"
include: "rules/inputs/targets.smk"


pathvars:
    results=f"results/{STUDY.config['study']}",
    logs=f"results/{STUDY.config['study']}/logs",
    benchmarks=f"results/{STUDY.config['study']}/benchmarks",


# All of them, before the first rule: said later, Snakemake (9.27) drops them from patterns of files in a bucket.
wildcard_constraints:
    model=r"[a-z0-9-]+(\.s[0-9]+)?",
    variant=r"[a-z0-9.-]+",
    shard=r"[0-9]{3}",
    # Of any name, so that one that nobody defines ends in a sentence; `audit` has a rule of its own.
    table=r"(?!audit\b)[a-z][a-z0-9_]*",
    figure=r"figure[a-z0-9_]*",
    data=r"[a-z0-9-]+",
    dier_variant=r"[a-z0-9-]+",
    replicate=r"[0-9]+",


report: "report/workflow.rst"


rule all:
    default_target: True
    input:
        partial(with_notice, target="all"),


rule table1:
    input:
        partial(with_notice, target="table1"),


rule table2:
    input:
        partial(with_notice, target="table2"),


rule table3:
    input:
        partial(with_notice, target="table3"),


rule table4:
    input:
        partial(with_notice, target="table4"),


rule table5:
    input:
        partial(with_notice, target="table5"),


rule table6:
    input:
        partial(with_notice, target="table6"),


rule table7:
    input:
        partial(with_notice, target="table7"),


rule atlas:
    input:
        partial(with_notice, target="atlas"),


rule localisation:
    input:
        partial(with_notice, target="localisation"),


rule figures:
    input:
        partial(with_notice, target="figures"),


for figure in NUMBERED:

    rule:
        name:
            figure
        input:
            partial(with_notice, target=figure),


rule sounds:
    input:
        partial(with_notice, target="sounds"),


rule report:
    input:
        partial(with_notice, target="report"),


rule given:
    input:
        given_files,


rule trainings:
    input:
        trainings_files,


# In the order of the data: a rule's inputs name the rules before it.
include: "rules/training.smk"
include: "rules/checkpoints.smk"
include: "rules/conditions.smk"
include: "rules/geometry.smk"
include: "rules/generation.smk"
include: "rules/scoring.smk"
include: "rules/pairs.smk"
include: "rules/export.smk"
include: "rules/given.smk"
include: "rules/slicing.smk"
include: "rules/localisation.smk"
include: "rules/inputs/exhibits.smk"
include: "rules/tables.smk"
include: "rules/figures.smk"
include: "rules/report.smk"
include: "rules/missing.smk"
include: "rules/vectors.smk"
include: "rules/compare.smk"
include: "rules/repair.smk"
include: "rules/plan.smk"
include: "rules/dynamics.smk"
include: "rules/dier.smk"
include: "rules/mechanism.smk"
include: "rules/compress.smk"
include: "rules/downloads.smk"
include: "rules/doctor.smk"
include: "rules/inspect.smk"
include: "rules/pages.smk"


onsuccess:
    remember_recorded()
    end_of_run()


onstart:
    plan_when_jobs_end()
    leave_locks()
    refusing(require_writable)(Path("results"))
    refusing(require_past)({file for job in workflow.dag.needrun_jobs() for file in job.input})


# A full disk may also stop Snakemake's own records, which says no more than "No space left on device".
onerror:
    remember_recorded()
    for sentence in filter(None, map(shortage, (Path("results"), Path(".snakemake")))):
        print(f"Error: {sentence}", file=sys.stderr)
