"""The one exception whose message is written for the user."""


class UserError(Exception):
    """Bad input: one sentence that names the file or key and says how to mend it."""
