import shutil
import sys
from pathlib import Path

sys.path[:0] = ["workflow_scripts", str(Path(__file__).parent.parent / "_lib")]
from pictures import make

from semantic_bottleneck.data.folders import read_folder
from semantic_bottleneck.data.labelled_pictures import FolderPictures
from semantic_bottleneck.references.pictures import open_pictures

work = Path(sys.argv[1]) / "data"
make(work, classes="abc")


def look():
    with open_pictures(work) as (count, _):
        pass
    encoded, card = FolderPictures(work), read_folder(work, 8, 3, None)
    return {
        "reference": count,
        "encoder's labels": encoded.labels,
        "encoder's classes": encoded.class_names,
        "data card's labels": card[1].tolist(),
        "data card's classes": list(card[2]),
    }


clean = look()
(work / ".ipynb_checkpoints").mkdir()
shutil.copy(work / "a/0.png", work / ".ipynb_checkpoints/0-checkpoint.png")
left = look()
wrong = [name for name in clean if clean[name] != left[name]]
for name in wrong:
    print(f"{name}: {clean[name]} becomes {left[name]}")
sys.exit(bool(wrong))
