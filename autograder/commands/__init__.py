"""What each command does. Each returns the exit code."""
