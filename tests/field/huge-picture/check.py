import struct
import sys
import zlib
from pathlib import Path

sys.path[:0] = ["workflow_scripts", str(Path(__file__).parent.parent / "_lib")]
from pictures import make

from semantic_bottleneck.data.folders import read_folder
from semantic_bottleneck.data.labelled_pictures import FolderPictures
from semantic_bottleneck.errors import UserError
from semantic_bottleneck.references.pictures import open_pictures

work = Path(sys.argv[1]) / "data"
make(work, classes="a")
picture = work / "a/1.png"
content = picture.read_bytes()
header = struct.pack(">II", 20_000, 20_000) + content[24:29]  # the header alone claims the size
picture.write_bytes(content[:16] + header + struct.pack(">I", zlib.crc32(b"IHDR" + header)) + content[33:])


def reference():
    with open_pictures(work) as (_, blocks):
        list(blocks(10))


wrong = 0
for name, read in {
    "reference": reference,
    "encoder": lambda: FolderPictures(work).picture(1, 8),
    "data card": lambda: read_folder(work, 8, 3, None),
}.items():
    try:
        read()
        print(f"{name}: read")
    except UserError as error:
        print(f"{name}: {error}")
        wrong += "1.png" not in str(error)
    except Exception as error:
        print(f"{name}: a traceback that ends in {type(error).__name__}: {error}")
        wrong += 1
sys.exit(int(wrong > 0))
