"""What is left to be fetched, sampled and judged."""

from semantic_bottleneck.checkpoints.lock import LOCK

CALIBRATION_SECONDS = 60


def sampled():
    """The models that generate something in this study and whose data is there."""
    models = STUDY.sampled_models()
    return [model for model in models if model not in not_provided(models)]


def sampled_cards(wildcards, keys):
    """Parts of their cards."""
    return {model: {key: STUDY.card(model).get(key) for key in keys} for model in sampled()}


def is_fetched(model):
    """Whether a model's checkpoint needs no download: trained here, or on disk."""
    return STUDY.is_trained_here(model) or is_there(checkpoint_file(model))


def planned_assets(wildcards):
    """The files of decoders and judges that are not on disk yet."""
    needed = {}
    for model in sampled():
        needed |= decoding_assets(model) | judging_assets(model)
    return {
        f"{role} {name}": load_asset(name)["checkpoint"]["files"]
        for path, (role, name) in sorted(needed.items())
        if not is_there(path)
    }


def checkpoint_lock(wildcards):
    """The file that knows the sizes of checkpoints seen before, once there is one."""
    return [local(LOCK)] if Path(LOCK).exists() else []


def plan_code(wildcards):
    """The hash of the planner and of the samplers of all models, whose evaluations are counted by running them."""
    names = dict.fromkeys(STUDY.model(model).sampler.name for model in sampled())
    used = [registered(SCRIPTS, f"{LIBRARY}.sampling.registry", "SAMPLERS", name) for name in names]
    return code("write_plan.py", *used)
