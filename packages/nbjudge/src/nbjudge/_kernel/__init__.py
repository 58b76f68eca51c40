"""The learner's side: the sandbox, the kernel in it, and the process that both are forked from.

Its files run in several processes, which each names first: the judge's worker; the fork server,
which the worker starts; a kernel's two, supervisor and kernel; and the check runner, which is the
judge's (`_judge/check_runner.py`) and is forked in the same way.
"""
