"""How it learns: the DQN, its network, its replay, and the cars that it collects with."""
