"""What a study needs of a machine, what it samples, and how a run that only looks leaves others alone."""

import tempfile
from dataclasses import asdict

import yaml
from snakemake.settings.types import DeploymentMethod

if FORM not in ("text", "json"):
    raise Refusal(f"--config form={FORM}: choose text (the default) or json.")


def study_needs(wildcards):
    """Target -> model or data set -> what only the user can provide and lacks, and what is still to be fetched."""
    needs = {name: exhibit_needs(name) for name in REPORTED}
    if DYNAMICS.cards:
        needs["dynamics"] = {"images": {"absent": DYNAMICS_FACTS["missing"], "sources": {}}}
    if DIER is not None:
        lacking = DIER.not_run()
        needs["dier"] = {
            data: {"absent": lacking.get(data), "sources": {} if data in lacking else dataset_sources(data)}
            for data in DIER.cards
        }
    return needs


def exhibit_needs(name):
    """The same of a table or figure."""
    models = asked(name)["models"]
    absent, needs = not_provided(models, name), {}
    for model in models:
        sources = {} if model in absent else needed_sources(model, name)
        needs[model] = {
            "absent": absent.get(model),
            "sources": {str(path): (what, asdict(source)) for path, (what, source) in sources.items()},
        }
    return needs


def dataset_sources(data):
    """Files of a data set that `fetch_dataset` has not left yet."""
    wanted = [path for path in map(Path, DIER.files(data)) if not is_own(path) and not is_there(path)]
    return {
        str(path): (
            "data: ",
            asdict(plain_file("archive", refusing(DIER.cards[data].published_file)(path.name))),
        )
        for path in wanted
    }


def pinned_packages(wildcards):
    """Package -> version in the env files that this job's environment stands for: one of them, or all in one environment."""
    own = DeploymentMethod.CONDA in workflow.deployment_settings.deployment_method
    pins = {}
    for name in ["torch"] if own else ["torch", "report"]:
        dependencies = yaml.safe_load((ROOT / f"envs/{name}.yaml").read_text())["dependencies"]
        pins |= (
            pin.split("==") for pin in next(item["pip"] for item in dependencies if isinstance(item, dict))
        )
    return pins


def planned_shards(wildcards):
    """Model -> variant -> steps of a sample's own work, and its shards: file, benchmark and samples."""
    return {
        model: {variant: planned_variant(model, variant) for variant in STUDY.variants_of(model)}
        for model in sampled()
    }


def planned_variant(model, variant):
    trunk = variant == "baseline"
    rule_of = rules.run_trunk if trunk else rules.run_branch
    plan, shards = STUDY.sample_plan(model), []
    for shard in STUDY.shards(model):
        named = {"model": model, "variant": variant, "shard": shard}
        samples = plan.shard(int(shard))
        shards.append(
            {
                "latents": file_of(rules.run_branch.output.latents, **named),
                "benchmark": file_of(rule_of.benchmark, **named),
                "samples": [samples.start, samples.stop],
            }
        )
    start = 0 if trunk else STUDY.start_step(model, variant)
    return {"steps": STUDY.steps(model) - start, "shards": shards}


def leave_locks():
    """A run without files of its own waits for no lock and must take none away: unlocking empties the folder of all runs' locks."""
    if not list(workflow.persistence.all_outputfiles()):
        workflow.persistence.unlock = workflow.persistence.noop
