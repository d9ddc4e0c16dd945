"""Learning: the DQN, its network, its replay and its cars."""
