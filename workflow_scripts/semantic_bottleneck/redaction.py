"""What of a text may be shown or stored: addresses without logins, access tokens and signatures. Standard library only.

Every sentence of a UserError and every name of an address passes through here, so that nothing a run leaves behind holds
a secret that was part of a card's address.
"""

import re

HIDDEN = "***"

# `user:password@` of an address, also with an unquoted slash in the password; hf:// has its revision behind an @.
_LOGIN = re.compile(
    r"\b(?!hf://)([a-z][a-z0-9+.-]*://)"
    r"(?:[^/?#\s\"']*|[^/?#\s\"':@]+:(?!\d{1,5}(?:[/?#]|$))[^\s\"']*)@",
    re.IGNORECASE,
)
# Values that open something. A share link's own key (rlkey, resourcekey) is part of a public address and stays.
_VALUE = re.compile(
    r"([?&;#](?:[\w.%-]*(?:token(?!i[sz])|signature|secret|passw|credential|api[-_]?key|access[-_]?key|auth(?!or(?!iz))"
    r"|jwt|bearer)[\w.%-]*|(?:[\w.-]*[-_.])?(?:sig|pass|pwd|policy|sas))=)[^&;#\s\"'<>)]*",
    re.IGNORECASE,
)
# Access tokens that can be told by their form, wherever they stand.
_TOKEN = re.compile(
    r"(?<![A-Za-z0-9])(?:hf_[A-Za-z0-9]{16,}|gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{30,}|glpat-[\w-]{20,}|AIza[\w-]{35}"
    r"|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]+)"
)


def redacted(text: str) -> str:
    """`text` with the secrets in it replaced by ***; a text that holds none is returned as it is."""
    text = _LOGIN.sub(rf"\1{HIDDEN}@", text)
    text = _VALUE.sub(rf"\1{HIDDEN}", text)
    return _TOKEN.sub(HIDDEN, text)
