"""Checkpoints, decoders and judges: which files a model needs."""

# Regular expressions of the models whose checkpoints are trained here, and of those that somebody published.
TRAINED_MODELS = any_of(model for model in STUDY.models if STUDY.is_trained_here(model))
PUBLISHED_MODELS = any_of(model for model in STUDY.config["models"] if not STUDY.is_trained_here(model))


def checkpoint_file(model):
    """The whole checkpoint of a model: trained here, or fetched once for all studies."""
    trained, fetched = rules.train_model.output.final, rules.fetch_checkpoint.output.checkpoint
    return file_of(trained if STUDY.is_trained_here(model) else fetched, model=STUDY.weights_of(model))


def trained_checkpoint(wildcards):
    return [checkpoint_file(wildcards.model)]


def decoder_weights(wildcards):
    """The decoder's checkpoint; pixel models have none, models of sound a vocoder as well."""
    decoder = STUDY.model(wildcards.model).decoder
    if decoder.name == "identity":
        return []
    autoencoder = file_of(rules.fetch_decoder.output.decoder, asset=decoder.name)
    if decoder.vocoder is None:
        return autoencoder
    return [autoencoder, file_of(rules.fetch_network.output.tensors, asset=decoder.vocoder)]


def decoding_assets(model):
    """What turns a model's latents into what is shown and measured: file -> what it is and the name of its asset card."""
    decoder, file = STUDY.model(model).decoder.name, rules.fetch_network.output.tensors
    networks = {file_of(file, asset=name): ("network", name) for name in STUDY.networks(model)}
    if decoder == "identity":
        return networks
    return {file_of(rules.fetch_decoder.output.decoder, asset=decoder): ("decoder", decoder)} | networks


def judging_assets(model):
    """The published networks that judge a model's samples, as `decoding_assets`; of poses only Inception, of sounds none."""
    roles = {"pose": {"extractor"}, "video": set()}.get(STUDY.kind(model), set(JUDGES))
    names = {role: judge["name"] for role, judge in JUDGES.items() if role in roles}
    return {
        file_of(rules.fetch_evaluator.output.checkpoint, asset=name): (role, name)
        for role, name in names.items()
    }
