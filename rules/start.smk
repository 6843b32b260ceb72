"""Read first: this checkout's library comes before any other, and the jobs get an environment in order."""

import sys
from pathlib import Path

ROOT = Path(workflow.basedir)
SCRIPTS = ROOT / "workflow_scripts"
sys.path.insert(0, str(SCRIPTS))

from semantic_bottleneck.job.refusals import Refusal, Refusing, refusing
from semantic_bottleneck.job.surroundings import require_writable, settle, shortage

refusing(settle)(SCRIPTS)
