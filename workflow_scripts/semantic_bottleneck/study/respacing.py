"""Which of a diffusion chain's steps a sampler keeps (docs/sources/sit_family.md, section 4). Standard library only."""

from semantic_bottleneck.errors import UserError

BASE_STEPS = 1000


def kept_steps(respacing: int | str, total: int = BASE_STEPS) -> list[int]:
    """The original step indices kept, ascending: a count, comma-separated section counts or "ddim<count>".

    Section counts: the chain is cut into that many nearly equal sections; within one, a fractional stride is summed up in
    double precision and rounded half to even. ddim: an integer stride (docs/sources/sit_family.md, section 4).

    Raises:
        UserError: the text is none of these or asks for more steps than there are.
    """
    text = str(respacing)
    counts = text.removeprefix("ddim").split(",")
    if not all(count.strip().isdigit() and int(count) > 0 for count in counts) or (text.startswith("ddim") and len(counts) > 1):
        raise UserError(f"sampler.steps '{text}' is no respacing; give a count such as 250, counts such as 10,10 or ddim25.")
    if text.startswith("ddim"):
        return _integer_stride(int(counts[0]), total)
    sections = [int(count) for count in counts]
    kept: list[int] = []
    first = 0
    for index, count in enumerate(sections):
        size = total // len(sections) + (index < total % len(sections))
        if count > size:
            raise UserError(f"sampler.steps '{text}' asks for {count} of {size} steps; ask for at most {size}.")
        stride = 1.0 if count == 1 else (size - 1) / (count - 1)
        position = 0.0
        for _ in range(count):
            kept.append(first + round(position))
            position += stride
        first += size
    return kept


def _integer_stride(count: int, total: int) -> list[int]:
    for stride in range(1, total):
        if len(range(0, total, stride)) == count:
            return list(range(0, total, stride))
    raise UserError(f"sampler.steps 'ddim{count}': no integer stride gives {count} of {total} steps; choose another count.")
