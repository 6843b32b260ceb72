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


def plan_when_jobs_end():
    """Leave out the limit on how many jobs begin in a second where they run on this machine, unless somebody asks for another one.

    For it Snakemake plans all ready jobs anew a second after it has planned them, and every job that ends begins another such
    row of plans: with some hundred ready jobs it takes a core that the jobs need. On one machine `--cores` is limit enough.
    """
    limit = workflow.scheduling_settings.max_jobs_per_timespan
    if workflow.local_exec and limit and (limit.max_jobs, limit.timespan) == (100, 1):
        workflow.scheduler.job_rate_limiter = None
