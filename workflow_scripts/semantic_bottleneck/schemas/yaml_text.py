"""YAML read strictly: no key twice, nothing but plain values, and one sentence for whatever cannot be read."""

import re
from pathlib import Path
from typing import Any

import yaml

from semantic_bottleneck.errors import UserError

MERGE = "tag:yaml.org,2002:merge"
PLAIN = re.compile(rb"[^\x00-\x09\x0b-\x1f\x7f!]*")
"""Text without tags, tabs and other control characters, which libyaml and PyYAML do not take alike."""
OPENING = (b"[", b"{", b"- ", b"? ", b" " * 50)
"""What each level of a text begins with; libyaml's binding would follow 100,000 levels off the end of the stack."""
MANY = 2_000
DEEP = 50
_Fast = getattr(yaml, "CSafeLoader", None)


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


def _loaded(content: bytes) -> Any:
    """What a text holds; by libyaml, ten times as fast, where it is sure to say the same as `_Loader`, whose errors count."""
    shallow = sum(map(content.count, OPENING)) < MANY
    if _Fast is not None and shallow and PLAIN.fullmatch(content):
        loader = _Fast(content)
        try:
            node = loader.get_single_node()
            if node is not None and _is_alike(node, set()):
                return loader.construct_document(node)
        except Exception:
            pass  # `_Loader` finds the words for it
        finally:
            loader.dispose()
    return yaml.load(content, Loader=_Loader)  # a safe loader


def _is_alike(node: yaml.Node, seen: set[int], depth: int = 0) -> bool:
    """Whether `_Loader` reads it too: no key twice, no `?` outside quotes, and no deeper than it can follow."""
    if id(node) in seen:
        return True
    seen.add(id(node))
    if isinstance(node, yaml.ScalarNode):
        return bool(node.style) or "?" not in node.value
    inner = node.value
    if isinstance(node, yaml.MappingNode):
        keys = [(key.tag, key.value) for key, _ in inner if isinstance(key, yaml.ScalarNode) and key.tag != MERGE]
        if len(set(keys)) < len(keys):
            return False
        inner = [each for pair in inner for each in pair]
    return depth < DEEP and all(_is_alike(each, seen, depth + 1) for each in inner)


def read_yaml(path: str | Path) -> Any:
    """What a file holds, in UTF-8 or in UTF-16 with its mark.

    Raises:
        UserError: the file is absent, cannot be read, is not YAML, or gives a key twice.
    """
    try:
        return _loaded(Path(path).read_bytes())
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
