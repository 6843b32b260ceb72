"""Read first: this checkout's library comes before any other, and the jobs get an environment in order."""

import sys
from pathlib import Path

from snakemake.logging import logger

ROOT = Path(workflow.basedir)
SCRIPTS = ROOT / "workflow_scripts"
sys.path.insert(0, str(SCRIPTS))

from semantic_bottleneck.job.clocks import bring_back, require_past
from semantic_bottleneck.job.dead_runs import begin_run
from semantic_bottleneck.job.refusals import Refusal, Refusing, refusing
from semantic_bottleneck.job.surroundings import require_writable, settle, shortage

refusing(settle)(SCRIPTS)

# Before Snakemake looks at its own locks and at the times of files.
if workflow.is_main_process:
    if sentence := begin_run(Path(".snakemake").resolve()):
        logger.warning(sentence)
    if count := bring_back(Path("results")):
        logger.warning(
            f"{count} files in results were dated later than now, as by a clock that is ahead; they have the time now."
        )
