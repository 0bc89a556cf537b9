"""A ReFrame check of a node: cual runs there, its answers are right, and every workload gets a verdict.

usage: reframe -c recipes/reframe_check.py -r
"""

import reframe as rfm
import reframe.utility.sanity as sn


@rfm.simple_test
class CualQuick(rfm.RunOnlyRegressionTest):
    """The job `quick` on the cores of one node; cual starts its ranks itself."""

    valid_systems = ["*"]
    valid_prog_environs = ["*"]
    descr = "which of threads, processes and async is best on a node"
    executable = "cual"
    executable_opts = ["run", "quick", "--force", "-o", "quick.h5"]
    postrun_cmds = ["cual show quick.h5 --why"]
    keep_files = ["quick.h5"]
    exclusive_access = True
    num_tasks = 1
    time_limit = "10m"

    @sanity_function
    def has_verdicts(self):
        """Status 0 says that all sums and known answers were right; the rows say what to use."""
        return sn.all([sn.assert_eq(self.job.exitcode, 0),
                       sn.assert_found(r"^flops +1 ", self.stdout),
                       sn.assert_found(r"use R×T×D", self.stdout)])

    @performance_function("times serial")
    def flops_by_threads(self):
        """How many times as fast as serial threads compute on all cores; 0 on one core."""
        found = sn.extractall(r"^flops .*\n +\d+ +([\d.]+)±", self.stdout, 1, float)
        return sn.defer(found)[0] if found else 0.0
