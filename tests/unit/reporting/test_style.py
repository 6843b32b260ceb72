"""A figure has the same bytes whatever the user's own matplotlibrc says."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[3] / "workflow_scripts"
DRAW = """
import sys
from semantic_bottleneck.reporting.core.style import canvas, save
with canvas() as (figure, axes):
    axes[0, 0].plot([1, 2, 3], label="x")
    save(figure, [sys.argv[1]], "title", "alt")
"""


def test_a_personal_style_changes_no_figure(tmp_path):
    digests = set()
    for name, text in {
        "plain": "",
        "own": "font.size: 40\naxes.labelsize: 30\nlines.linestyle: --\nfigure.facecolor: red\n",
    }.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "matplotlibrc").write_text(text)
        environment = os.environ | {"MPLCONFIGDIR": str(tmp_path / name), "MPLBACKEND": "agg", "PYTHONPATH": str(SCRIPTS)}
        picture = tmp_path / f"{name}.png"
        subprocess.run([sys.executable, "-c", DRAW, str(picture)], env=environment, check=True)
        digests.add(hashlib.sha256(picture.read_bytes()).hexdigest())
    assert len(digests) == 1
