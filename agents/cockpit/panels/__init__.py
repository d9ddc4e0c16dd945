"""What the cockpit shows, a file each; a panel draws moments and knows nothing else."""
