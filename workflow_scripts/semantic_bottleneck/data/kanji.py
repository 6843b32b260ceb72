"""Kanji: pictures of up to 2,963 characters in free fonts of Debian, printed, handwritten and by brush.

The classes are the kanji of JIS level 1 that all faces draw, in the standard's order; a sample is one face's drawing, turned,
scaled and moved a little. Judges are tested on families of faces that they have not learned from.
"""

from functools import cache
from pathlib import Path

import numpy as np
import torch

from semantic_bottleneck.data.drawing import CANVAS, changed, drawing
from semantic_bottleneck.data.image_data import ImageData
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.study.kanji_fonts import FONTS, HELD_OUT, fonts_missing, installed_fonts

SIZE, COPIES = 24, 4
"""Pixels and drawings per class and face of the data set `kanji-<n>`."""
ROWS, COLUMNS = range(16, 48), range(1, 95)
"""Of JIS X 0208: level 1."""
SEED = 20_261_128


@cache
def level_one() -> tuple[str, ...]:
    """The 2,965 kanji of JIS level 1 in the standard's order; the last row ends early."""
    codes = (bytes([0xA0 + row, 0xA0 + column]) for row in ROWS for column in COLUMNS)
    return tuple(character for code in codes if (character := code.decode("euc_jp", errors="ignore")))


def kanji(classes: int) -> ImageData:
    """The data set `kanji-<classes>`: float32 (N, 1, 24, 24), COPIES pictures of each class in each face, shuffled.

    Raises:
        UserError: fonts are not installed, or they draw fewer characters than are asked for.
    """
    if lacking := fonts_missing():
        raise UserError(f"The data set kanji-{classes} is drawn in free fonts that are not installed: {lacking}.")
    places = installed_fonts()
    faces = [(package in HELD_OUT, places[file]) for package, files in FONTS.items() for file in files]
    names, drawn = _drawn(classes, [place for _, place in faces])
    if len(names) < classes:
        raise UserError(
            f"The installed fonts draw {len(names)} kanji in all faces; name a data set of no more than kanji-{len(names)}."
        )
    generator, pictures = torch.Generator().manual_seed(SEED), []
    for face in drawn:
        ink = torch.from_numpy(face).float()[:, None] / 255
        pictures += [changed(ink, generator, SIZE) for _ in range(COPIES)]
    images = torch.cat(pictures).numpy() * 2 - 1
    labels = np.tile(np.arange(classes), len(pictures))
    held_out = np.repeat([apart for apart, _ in faces], COPIES * classes)
    order = torch.randperm(len(labels), generator=generator).numpy()
    return ImageData(images[order], labels[order].astype(np.int64), names, held_out[order], "a picture of the kanji {}")


def _drawn(classes: int, faces: list[Path]) -> tuple[tuple[str, ...], np.ndarray]:
    """The first kanji that all faces draw, and uint8 (faces, kanji, 48, 48) of them.

    A face can list a character and leave it empty, or draw one sign for all that it lacks: ink decides, not the list.
    """
    absent = [drawing("\U000fffff", face) for face in faces]
    names, drawn = [], []
    for character in level_one():
        made = [picture for face in faces if (picture := drawing(character, face)) is not None]
        if len(made) < len(faces):
            continue
        if not any(sign is not None and np.array_equal(sign, picture) for sign, picture in zip(absent, made, strict=True)):
            names.append(character)
            drawn.append(made)
        if len(names) == classes:
            break
    return tuple(names), np.asarray(drawn, dtype=np.uint8).reshape(-1, len(faces), CANVAS, CANVAS).swapaxes(0, 1)
