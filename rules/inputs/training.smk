"""What training a miniature needs."""


def training_inputs(wildcards):
    """The classifier whose features an aligned objective learns from; other objectives need nothing but the images."""
    aligned = STUDY.model(wildcards.model).training.aligned
    return {"classifier": rules.train_alignment.output.classifier} if aligned else {}
