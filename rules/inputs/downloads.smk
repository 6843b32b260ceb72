"""What has to be fetched for a target, so that everything else can be made without a network."""

OTHER_PAGES = ("dynamics", "dier", "mechanism", "compress")

if DOWNLOADS_FOR not in (*TARGETS, *OTHER_PAGES):
    raise Refusal(
        f"--config downloads_for={DOWNLOADS_FOR}: choose one of {', '.join((*TARGETS, *OTHER_PAGES))}."
    )


def exhibit_downloads(wildcards):
    """What the models of the target's tables and figures are fetched from, without what cannot be had now."""
    found = {}
    for name in TARGETS[DOWNLOADS_FOR][1]:
        models = asked(name)["models"]
        left_out = not_run(models, name)
        for model in models:
            if model not in left_out and not is_made(model, name):
                found |= {path.partition(" ")[0]: None for path in sources(model, name)}
    return list(found)


def download_files(wildcards):
    if DOWNLOADS_FOR == "dynamics":
        return list(encoding_inputs().values()) if DYNAMICS.encodes(ROOT) else []
    if DOWNLOADS_FOR == "dier":
        data = DIER.data() if DIER else []
        return [path for name in data for path in DIER.files(name) if not is_own(path)]
    if DOWNLOADS_FOR == "mechanism":
        return []  # its arms are trained here, on pictures that come with a package
    if DOWNLOADS_FOR == "compress":
        return compress_downloads()
    return exhibit_downloads(wildcards)


TARGETS["downloads"] = (download_files, TARGETS.get(DOWNLOADS_FOR, (None, []))[1])
