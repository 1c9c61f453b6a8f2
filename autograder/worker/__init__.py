"""A submission's process, in the sandbox: forked, locked in, and asked."""
