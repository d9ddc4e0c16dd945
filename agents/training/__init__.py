"""Training runs: the loop, evaluations, checkpoints, logs, and how a run ends and resumes."""
