"""Files and outside systems: how they join in."""
