"""Reports of a project to its brand: produced once per period, frozen, reviewed by both sides."""
