"""How many files the readers were tried with."""


def pytest_terminal_summary(terminalreporter) -> None:
    """Say what became of them."""
    from tests.unit.hostile_input.readers import TRIED

    if TRIED:
        counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(TRIED.items()))
        terminalreporter.write_line(f"damaged and lying files for the readers of user input: {counts}")
