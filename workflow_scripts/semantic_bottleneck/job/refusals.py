"""How the Snakefile ends when it is asked for something impossible: with one sentence. Standard library only."""

import functools
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.job.console import described, one_line, without_secrets

LOG = Path(".snakemake/planning-error.log")


class Refusal(SystemExit):
    """Ends Snakemake with status 1 and one sentence on stderr.

    Other exceptions in an input or params function are printed with generated line numbers and a traceback, and passed
    over where older results exist.
    """

    def __init__(self, sentence: str):
        super().__init__(f"Error: {one_line(sentence)}")


def refusing(function: Callable, source: str = "") -> Callable:
    """`function`, whose UserErrors become Refusals; so does what nobody foresaw, with its traceback in `LOG`.

    `source` is the file that the sentence is about, where the sentence does not say so itself.
    """

    @functools.wraps(function)
    def call(*arguments, **named):
        try:
            return function(*arguments, **named)
        except UserError as error:
            raise Refusal(f"{source}: {error}" if source else str(error)) from None
        except Exception as error:
            LOG.parent.mkdir(exist_ok=True)
            LOG.write_text(without_secrets("".join(traceback.format_exception(error))), encoding="utf-8")
            what = getattr(function, "__qualname__", function)
            raise Refusal(f"Planning failed in {what} with {described(error)}; the traceback is in {LOG}.") from None

    return call


class Refusing:
    """An object whose methods raise Refusals instead of UserErrors; everything else is as it is."""

    def __init__(self, plan: Any):
        self._plan = plan

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._plan, name)
        return refusing(value) if callable(value) else value
