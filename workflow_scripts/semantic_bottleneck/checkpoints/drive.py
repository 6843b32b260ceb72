"""Google Drive's page between a large file and its download."""

from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin


class _Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.action: str | None = None
        self.fields: dict[str, str] = {}
        self._inside = False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = dict(attributes)
        if tag == "form" and self.action is None and values.get("action"):
            self.action, self._inside = values["action"], True
        elif tag == "input" and self._inside and (name := values.get("name")):
            self.fields[name] = values.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False


def confirmation_url(page: str, address: str) -> str | None:
    """The download address behind the "cannot scan this file for viruses" form of `page`; None without a form.

    Source: the form posts its hidden fields (id, export, confirm, uuid) to its action by GET.
    """
    parser = _Page()
    parser.feed(page)
    if parser.action is None or "id" not in parser.fields:
        return None
    action = urljoin(address, parser.action)
    return f"{action}{'&' if '?' in action else '?'}{urlencode(parser.fields)}"
