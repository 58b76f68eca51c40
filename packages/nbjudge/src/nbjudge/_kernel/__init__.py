"""The learner's side: the sandbox, the kernel in it, and the process that both are forked from."""
