"""The one exception whose message is written for the user."""

from semantic_bottleneck.redaction import redacted


class UserError(Exception):
    """Bad input: one sentence that names the file or key and says how to mend it; secrets in it are masked."""

    def __init__(self, sentence: object = ""):
        super().__init__(redacted(str(sentence)))
