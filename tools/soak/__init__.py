"""Long drives with all kinds of settings, in which every invariant is checked."""
