"""Who drives: the learner, its policies, their evaluation and playback, and the command line."""
