"""What a folder holds: ImageFolder's classes and order, without hidden names, through links, with everything else counted."""

import os
import socket
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from torchvision.datasets import ImageFolder

from semantic_bottleneck.errors import UserError
from semantic_bottleneck.image_files import listing
from semantic_bottleneck.image_files.listing import class_names, class_pictures, holds_pictures, picture_files, summary

NAMES = st.text(st.sampled_from("aAbZ09-_. é"), min_size=1, max_size=4).filter(
    lambda name: not name.startswith(".") and name.strip() == name
)
ENDINGS = st.sampled_from([*listing.SUFFIXES, ".PNG", ".Jpg", ".JPEG", ".txt", ".gif", ""])
FILES = st.builds(str.__add__, NAMES, ENDINGS)
PATHS = st.builds(lambda folders, name: "/".join([*folders, name]), st.lists(NAMES, max_size=2), FILES)


def touch(root, *paths):
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()
    return root


def classes(root):
    passed = Counter()
    found = class_pictures(root, class_names(root, passed), passed)
    return {name: [os.path.relpath(path, root) for path in paths] for name, paths in found.items()}, dict(passed)


@given(st.dictionaries(NAMES, st.sets(PATHS, min_size=1, max_size=8), min_size=1, max_size=4), st.sets(PATHS, max_size=3))
def test_classes_and_order_are_those_of_imagefolder(tmp_path_factory, tree, hidden):
    root = tmp_path_factory.mktemp("tree")
    for name, paths in tree.items():
        touch(root, f"{name}/0.png")
        for path in sorted(paths):
            try:
                touch(root / name, path)
            except (FileExistsError, NotADirectoryError, IsADirectoryError):  # a name that is a file here, a folder there
                continue
    theirs = ImageFolder(root)
    before = class_names(root, Counter())
    files = class_pictures(root, before, Counter())
    assert before == theirs.classes
    assert [(path, label) for label, paths in enumerate(files.values()) for path in paths] == theirs.samples
    assert picture_files(root / before[0], Counter()) == [path for path, label in theirs.samples if label == 0]
    # What systems and notebooks leave changes nothing.
    for path in hidden:
        touch(root / ".ipynb_checkpoints", path)
        touch(root / before[0] / ".trash", path)
        (root / before[0] / f"._{os.path.basename(path)}").touch()
        touch(root / "__MACOSX" / before[0], f"._{os.path.basename(path)}")
    (root / ".DS_Store").touch()
    assert class_names(root, Counter()) == before
    assert class_pictures(root, before, Counter()) == files


def test_everything_passed_over_is_counted_with_its_reason(tmp_path, monkeypatch):
    root = touch(tmp_path, "a/0.png", "a/deep/1.TIF", "a/.hidden.png", "b/2.webp", "b/notes.TXT", "b/README", ".git/x.png")
    touch(root, "stray.png", "labels.csv")
    (root / "a/nothing/further").mkdir(parents=True)
    (root / "a/gone.png").symlink_to(root / "nowhere.png")
    (root / "c").symlink_to(root / "unplugged")
    (root / "itself").symlink_to("itself")
    os.mkfifo(root / "b/pipe.png")
    with socket.socket(socket.AF_UNIX) as server:
        monkeypatch.chdir(root / "b")  # a socket's path must be short
        server.bind("socket.png")
    found, passed = classes(root)
    assert found == {"a": ["a/0.png", "a/deep/1.TIF"], "b": ["b/2.webp"]}
    assert passed == {
        "hidden": 2,
        ".txt": 1,
        ".csv": 1,
        "without suffix": 1,
        "beside the class folders": 1,
        "broken link(s)": 3,
        "pipe(s) or device(s)": 2,
        "folder(s) without pictures": 1,
    }
    said = summary(root, 3, list(found), Counter(passed))
    assert said.startswith(
        f"{root}: 3 pictures in 2 classes (a, b); passed over 12: 3 broken link(s), 2 hidden, 2 pipe(s) or device(s), 1 .csv, "
    )
    assert summary("x", 3, None, Counter()) == "x: 3 pictures; nothing passed over"


def test_links_are_followed_but_not_in_circles(tmp_path):
    elsewhere = touch(tmp_path / "disk", "cats/1.png", "cats/more/2.png", "dogs/3.png")
    root = touch(tmp_path / "data", "birds/0.png")
    (root / "cats").symlink_to(elsewhere / "cats")
    (root / "birds/4.png").symlink_to(elsewhere / "dogs/3.png")
    there = {"birds": ["birds/0.png", "birds/4.png"], "cats": ["cats/1.png", "cats/more/2.png"]}
    assert classes(root) == (there, {})
    for place, target in {
        "around": root,  # would be a class that holds all others
        "above": tmp_path,
        "birds/self": root / "birds",
        "birds/back": root,
        "cats/more/again": elsewhere / "cats",
    }.items():
        (root / place).symlink_to(target)
    assert classes(root) == (there, {listing.LOOP: 5})
    (tmp_path / "link").symlink_to(root)
    assert classes(tmp_path / "link") == (there, {listing.LOOP: 5})
    # A circle of two links, neither of which leads straight up.
    for one, other in (("x", "y"), ("y", "x")):
        (touch(tmp_path / one, "0.png") / "on").symlink_to(tmp_path / other)
    passed = Counter()
    assert len(picture_files(tmp_path / "x", passed)) == 2
    assert passed == {listing.LOOP: 1}


def test_classes_without_pictures_are_refused_all_at_once(tmp_path):
    root = touch(tmp_path, "a/0.png", "b/.hidden.png", "c/list.txt", "d/deep/1.jpg")
    (root / "e").mkdir()
    with pytest.raises(UserError, match=r"holds no picture of class b, c, e; add its pictures, or take the class away"):
        classes(root)
    with pytest.raises(UserError, match=r"holds no pictures in class folders \(x\); it needs one sub-folder per class"):
        class_pictures(root, ["x"], Counter())
    with pytest.raises(UserError, match=r"holds no pictures in class folders; it needs"):
        class_pictures(root, [], Counter())


def test_a_folder_that_cannot_be_listed_is_named(tmp_path, monkeypatch):
    with pytest.raises(UserError, match=r"nowhere cannot be listed \(No such file"):
        class_names(tmp_path / "nowhere", Counter())
    touch(tmp_path, "a/0.png", "b/0.png")
    scandir = os.scandir

    def locked(path):
        if str(path).endswith("/b"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", locked)
    with pytest.raises(UserError, match=r"/b cannot be listed \(Permission denied\)"):
        classes(tmp_path)


def test_names_of_any_bytes_are_listed_and_can_be_said(tmp_path):
    name = os.fsdecode(b"caf\xe9.png")
    touch(tmp_path, f"a/{name}")
    (path,) = picture_files(tmp_path, Counter())
    assert os.path.basename(path) == name
    assert listing.printable(path).encode()


def test_whether_there_are_pictures(tmp_path):
    assert not holds_pictures(tmp_path / "nowhere")
    assert not holds_pictures(touch(tmp_path, ".DS_Store", "a/notes.txt", "a/.ipynb_checkpoints/0.png"))
    assert holds_pictures(touch(tmp_path, "a/b/c/0.JPG"))
