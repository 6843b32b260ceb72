"""YAML read strictly: no key twice, nothing but plain values, and one sentence for whatever cannot be read."""

from pathlib import Path
from typing import Any

import yaml

from semantic_bottleneck.errors import UserError

MERGE = "tag:yaml.org,2002:merge"


class _TwiceError(Exception):
    """`key` stands twice in one mapping, at `lines`."""

    def __init__(self, key: str, lines: tuple[int, int]):
        super().__init__()
        self.key, self.lines = key, lines


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader, which would let the last of two equal keys win without a word."""

    def compose_mapping_node(self, anchor: str | None) -> yaml.MappingNode:
        node = super().compose_mapping_node(anchor)
        seen: dict[tuple[str, str], int] = {}
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != MERGE:
                line = key.start_mark.line + 1
                if (key.tag, key.value) in seen:
                    raise _TwiceError(key.value, (seen[key.tag, key.value], line))
                seen[key.tag, key.value] = line
        return node


def read_yaml(path: str | Path) -> Any:
    """What a file holds, in UTF-8 or in UTF-16 with its mark.

    Raises:
        UserError: the file is absent, cannot be read, is not YAML, or gives a key twice.
    """
    try:
        return yaml.load(Path(path).read_bytes(), Loader=_Loader)  # a safe loader
    except FileNotFoundError:
        raise UserError(f"{path} does not exist; check the name.") from None
    except IsADirectoryError:
        raise UserError(f"{path} is a folder; a YAML file is needed there.") from None
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}); check the name and its permissions.") from error
    except _TwiceError as error:
        first, second = error.lines
        where = f"in line {first}" if first == second else f"in lines {first} and {second}"
        raise UserError(f"{path} gives the key '{error.key}' twice, {where}; keep one of them.") from None
    except yaml.reader.ReaderError as error:
        raise UserError(f"{path} is not UTF-8 text (position {error.position}: {error.reason}); save it as UTF-8.") from error
    except yaml.YAMLError as error:
        raise UserError(f"{path} is not valid YAML: {_reason(error)}.") from error
    except RecursionError:
        raise UserError(f"{path} is nested too deeply; no card or study needs that.") from None
    # What does not fit its tag, such as the month of 2026-13-01 or `!!bool maybe`: PyYAML lets the conversion's error out.
    except (ValueError, LookupError, AttributeError, TypeError) as error:
        raise UserError(f"{path} holds a value that does not fit its type ({error}); write it in quotes.") from error


def _reason(error: yaml.YAMLError) -> str:
    problem, mark = getattr(error, "problem", None), getattr(error, "problem_mark", None)
    if problem is None or mark is None:
        return " ".join(str(error).split())
    hint = " (indent with spaces)" if r"'\t'" in problem else ""
    return f"{' '.join(problem.split())}{hint}, line {mark.line + 1}"
