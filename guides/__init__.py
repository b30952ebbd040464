"""Who can serve: guides, their kinds and their placements over brands. Lives in the public schema."""
