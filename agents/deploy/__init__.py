"""From a trained policy to a bundle that drives without PyTorch, and the service that drives from it."""
