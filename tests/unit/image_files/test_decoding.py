"""One image file's pixels: Pillow's own for 8-bit grey and RGB, the stated rules for everything else."""

import io
import struct
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from semantic_bottleneck.image_files.decoding import UnreadableError, decode, looks_like_a_picture, pixels
from tests.unit.image_files.files import GREY, GREY_ALPHA, PALETTE, RGB, RGBA, claiming, png, png16, saved, tiff

RNG = np.random.default_rng(0)
GREY_16 = np.array([[0, 255, 256, 257, 32768, 65279, 65280, 65535]], dtype=np.uint16)
HIGH = [[0, 0, 1, 1, 128, 254, 255, 255]]
COLOUR_16 = RNG.integers(0, 65536, (4, 5, 3), dtype=np.uint16)


def grey(content):
    picture = decode(content)
    assert picture.mode == "L"
    return np.asarray(picture)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "TIFF", "WEBP"])
@pytest.mark.parametrize("shape", [(20, 24), (20, 24, 3)])
def test_plain_files_give_pillows_values_as_before(kind, shape):
    content = saved(Image.fromarray(RNG.integers(0, 256, shape, dtype=np.uint8)), kind)
    with Image.open(io.BytesIO(content)) as opened:
        before = {mode: np.asarray(opened.convert(mode)) for mode in ("L", "RGB")}
    for mode, values in before.items():
        assert np.array_equal(np.asarray(decode(content).convert(mode)), values)
    assert np.array_equal(pixels(content), before["RGB"])


@pytest.mark.parametrize("mode", ["1", "P", "CMYK", "YCbCr"])
def test_other_opaque_modes_are_converted_by_pillow(mode):
    image = Image.fromarray(RNG.integers(0, 256, (20, 24, 3), dtype=np.uint8)).convert(mode)
    content = saved(image, "TIFF")
    with Image.open(io.BytesIO(content)) as opened:
        assert np.array_equal(pixels(content), np.asarray(opened.convert("RGB")))


def test_cmyk_from_a_camera_or_press():
    content = saved(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG", quality=100)
    assert np.allclose(pixels(content), [255, 0, 0], atol=3)


@given(arrays.arrays(np.uint16, st.tuples(st.integers(1, 6), st.integers(1, 6))))
def test_sixteen_bits_of_grey_keep_the_high_eight_in_every_container(values):
    files = [
        png16(values, GREY),
        saved(Image.fromarray(values)),
        *(tiff(values, photometric="minisblack", byteorder=order) for order in "<>"),
        *(tiff(values, photometric="minisblack", byteorder=order, compression="zlib") for order in "<>"),
    ]
    for content in files:
        assert np.array_equal(grey(content), values >> 8)
    assert np.array_equal(grey(tiff(values, photometric="miniswhite")), 255 - (values >> 8))
    opaque = np.full_like(values, 65535)
    assert np.array_equal(pixels(png16(np.stack([values, opaque], -1), GREY_ALPHA))[..., 0], values >> 8)


def test_black_and_white_of_sixteen_bits():
    assert grey(png16(GREY_16, GREY)).tolist() == HIGH
    assert pixels(png16(GREY_16, GREY))[0, -1].tolist() == [255, 255, 255]


@given(arrays.arrays(np.uint8, st.tuples(st.integers(1, 6), st.integers(1, 6))))
def test_eight_bits_stored_as_sixteen_come_back_however_they_were_stretched(values):
    for factor in (256, 257):
        assert np.array_equal(grey(png16(values.astype(np.uint16) * factor, GREY)), values)
    as_colour = pixels(png16(np.repeat(values[..., None].astype(np.uint16) * 257, 3, axis=2), RGB))
    assert np.array_equal(as_colour, np.repeat(values[..., None], 3, axis=2))


def test_twelve_bits_keep_their_high_eight():
    packed = bytes([0xFF, 0xF0, 0x10, 0x80, 0x00, 0x0F])  # 4095, 16, 2048, 15
    tags = {256: 4, 257: 1, 258: 12, 259: 1, 262: 1, 273: 8, 277: 1, 278: 1, 279: len(packed)}
    directory = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    content = b"II*\0" + struct.pack("<I", 14) + packed + struct.pack("<H", len(tags)) + directory + bytes(4)
    assert grey(content).tolist() == [[255, 1, 128, 0]]


@pytest.mark.parametrize(
    "content",
    [
        png16(COLOUR_16, RGB),
        *(tiff(COLOUR_16, photometric="rgb", byteorder=order) for order in "<>"),
        tiff(COLOUR_16, photometric="rgb", compression="zlib", byteorder=">"),
    ],
)
def test_sixteen_bits_of_colour_keep_the_high_eight(content):
    assert np.array_equal(pixels(content), COLOUR_16 >> 8)


def test_transparency_is_laid_over_white():
    half_black, clear, red = (0, 0, 0, 128), (9, 9, 9, 0), (255, 0, 0, 255)
    image = Image.fromarray(np.array([[half_black, clear, red]], dtype=np.uint8))
    for kind in ("PNG", "TIFF", "WEBP"):
        options = {"lossless": True, "exact": True} if kind == "WEBP" else {}
        found = pixels(saved(image, kind, **options))[0]
        assert found.tolist() == [[127] * 3, [255] * 3, [255, 0, 0]]
    assert pixels(saved(image.convert("LA")))[0, :2].tolist() == [[127] * 3, [255] * 3]
    premultiplied = np.array([[[0, 128], [0, 0], [255, 255]]], dtype=np.uint8)
    content = tiff(premultiplied, photometric="minisblack", extrasamples=["assocalpha"], planarconfig="contig")
    assert pixels(content)[0, :, 0].tolist() == [127, 255, 255]
    deep = png16(np.array([[[0, 0, 0, 0], [65535, 0, 257, 65535]]], dtype=np.uint16), RGBA)
    assert pixels(deep)[0].tolist() == [[255] * 3, [255, 0, 1]]


def test_a_value_that_stands_for_transparent_becomes_white():
    palette = {"PLTE": bytes([1, 2, 3, 4, 5, 6]), "tRNS": b"\0"}
    assert pixels(png([b"\0\1"], 2, 8, PALETTE, **palette))[0].tolist() == [[255] * 3, [4, 5, 6]]
    assert pixels(png([b"\5\6"], 2, 8, GREY, tRNS=b"\0\5"))[0, :, 0].tolist() == [255, 6]
    assert pixels(png([b"\x40"], 2, 1, GREY, tRNS=b"\0\0"))[0, :, 0].tolist() == [255, 255]
    assert pixels(png([bytes([5, 6, 7, 5, 6, 8])], 2, 8, RGB, tRNS=bytes([0, 5, 0, 6, 0, 7])))[0].tolist() == [
        [255] * 3,
        [5, 6, 8],
    ]
    assert grey(png16(GREY_16, GREY, tRNS=(257).to_bytes(2, "big")))[0].tolist() == [0, 0, 1, 255, 128, 254, 255, 255]
    for content in (png([b"\x1b"], 4, 2, GREY, tRNS=b"\0\1"), png16(COLOUR_16, RGB, tRNS=bytes(6))):
        with pytest.raises(UnreadableError, match="stands for transparent"):
            decode(content)


@given(st.integers(1, 8), st.sampled_from(["PNG", "TIFF", "WEBP", "JPEG"]))
def test_the_orientation_in_exif_is_applied_once(orientation, kind):
    stored = np.zeros((16, 32, 3), dtype=np.uint8)
    stored[:8, :8] = 255  # the first corner as it lies in the file
    exif = Image.Exif()
    exif[0x0112] = orientation
    found = pixels(saved(Image.fromarray(stored), kind, exif=exif))
    # Where the first row and the first column lie, in the words of the EXIF standard.
    row, column = {1: "tl", 2: "tr", 3: "br", 4: "bl", 5: "lt", 6: "rt", 7: "rb", 8: "lb"}[orientation]
    assert found.shape[:2] == ((32, 16) if orientation > 4 else (16, 32))
    bottom, right = "b" in row + column, "r" in row + column
    corner = found[-8:, :] if bottom else found[:8, :]
    corner = corner[:, -8:] if right else corner[:, :8]
    assert corner.mean() > 200
    assert found.mean() < 60


def test_sixteen_bits_are_turned_as_well():
    exif = Image.Exif()
    exif[0x0112] = 6
    values = np.array([[0, 257], [514, 771], [1028, 1285]], dtype=np.uint16)
    assert grey(saved(Image.fromarray(values), exif=exif)).tolist() == [[4, 2, 0], [5, 3, 1]]


def test_damaged_exif_does_not_cost_the_picture():
    image = Image.fromarray(RNG.integers(0, 256, (8, 8, 3), dtype=np.uint8))
    for exif in (b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0", b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03"):
        plain = pixels(saved(image, "JPEG"))
        assert np.array_equal(pixels(saved(image, "JPEG", exif=exif)), plain)


def frames(kind):
    colours = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    return saved(colours[0], kind, save_all=True, append_images=colours[1:])


@pytest.mark.parametrize("kind", ["WEBP", "PNG", "TIFF", "GIF"])
def test_several_frames_are_refused(kind):
    with pytest.raises(UnreadableError, match="it holds 2 frames"):
        decode(frames(kind))


def test_a_cameras_further_pictures_do_not_count():
    assert np.allclose(pixels(frames("MPO")), [255, 0, 0], atol=3)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is empty"),
        (bytes(1000), "no PNG, JPEG"),
        (b"<!DOCTYPE html><html></html>", "no PNG, JPEG"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "no PNG, JPEG"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n%%EndComments\nquit\n", "no PNG, JPEG"),
        (claiming(saved(Image.new("RGB", (8, 8))), 20_000, 20_000), "exceeds limit"),
        (tiff(GREY_16.astype(np.int16), photometric="minisblack"), "signed, 32-bit or floating-point"),
        (tiff((GREY_16 >> 8).astype(np.int8), photometric="minisblack"), "signed, 32-bit or floating-point"),
        (tiff(GREY_16.astype(np.uint32), photometric="minisblack"), "signed, 32-bit or floating-point"),
        (tiff((GREY_16 / 65535).astype(np.float32), photometric="minisblack"), "signed, 32-bit or floating-point"),
        (tiff((COLOUR_16 / 65535).astype(np.float32), photometric="rgb"), "no PNG, JPEG"),
        (tiff(COLOUR_16.transpose(2, 0, 1).copy(), photometric="rgb", planarconfig="separate"), "separate planes"),
    ],
)
def test_what_cannot_be_known_is_refused(content, reason):
    with pytest.raises(UnreadableError, match=reason) as caught:
        decode(content)
    assert "0x" not in str(caught.value)


@given(st.sampled_from(["PNG", "JPEG", "BMP", "TIFF", "WEBP"]), st.floats(0, 1, exclude_max=True))
def test_no_truncated_file_gives_another_picture(kind, share):
    content = saved(Image.fromarray(np.random.default_rng(1).integers(0, 256, (20, 24, 3), dtype=np.uint8)), kind)
    try:
        found = pixels(content[: int(share * len(content))])
    except UnreadableError:
        return
    assert np.array_equal(found, pixels(content))


@given(st.binary(max_size=64), st.sampled_from(["PNG", "JPEG", "BMP", "TIFF", "WEBP"]), st.integers(0, 400))
def test_damage_of_any_kind_is_read_or_refused(noise, kind, place):
    content = saved(Image.fromarray(np.random.default_rng(1).integers(0, 256, (8, 9, 3), dtype=np.uint8)), kind)
    with suppress(UnreadableError):  # and nothing else
        assert decode(content[:place] + noise + content[place + len(noise) :]).mode in ("L", "RGB")


def test_first_bytes_tell_pictures_from_other_values():
    image = Image.fromarray(RNG.integers(0, 256, (8, 8, 3), dtype=np.uint8))
    for kind in ("PNG", "JPEG", "BMP", "TIFF", "WEBP"):
        assert looks_like_a_picture(saved(image, kind)[:12])
    for other in (b"23", b"", b"BMW is a car, no picture", b"RIFF\0\0\0\0WAVEfmt ", b"\x80\x04\x95"):
        assert not looks_like_a_picture(other[:12])
