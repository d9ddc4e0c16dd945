"""Roads: their geometry, their looks, where they come from, and the map that a camera looks them up in."""
