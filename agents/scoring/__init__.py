"""How well a policy drives: suites, scores, statistics, and what people read of them."""
