"""What the pages beside the report are made of."""


def page_inputs(wildcards):
    """The numbers that a page's claims rest on, its tables and its figures."""
    shown = {
        "compress": lambda _: compress_shown(),
        "dier": dier_shown,
        "dynamics": lambda _: dynamics_shown(),
        "mechanism": lambda _: mechanism_shown(),
    }
    return shown[wildcards.page](wildcards)


def page_facts(wildcards):
    facts = {"compress": COMPRESS_FACTS, "dynamics": DYNAMICS_FACTS, "mechanism": MECHANISM_FACTS}
    return DIER.reporting() if wildcards.page == "dier" else facts[wildcards.page]


def page_modules(page):
    """What the script loads by name."""
    return [f"{LIBRARY}.reporting.{page}.{module}" for module in ("evidence", "page")]
