"""Whole OpenDRIVE maps as towns: their lanes as a network, their roads as ribbons, their signals, signs and trees."""
