"""What the pages beside the report are made of."""


def page_inputs(wildcards):
    """The numbers that a page's claims rest on, its tables and its figures."""
    return dier_shown(wildcards) if wildcards.page == "dier" else dynamics_shown()


def page_facts(wildcards):
    return DIER.reporting() if wildcards.page == "dier" else DYNAMICS_FACTS


def page_modules(page):
    """What the script loads by name."""
    return [f"{LIBRARY}.reporting.{page}.{module}" for module in ("evidence", "page")]
