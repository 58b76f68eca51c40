"""The trusted side: runs checks, asks the learner's kernel for values, and gives the verdicts."""
