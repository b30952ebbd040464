"""Who is served by whom, and what happened: events, ties, presence, holdings, orders. Lives in each brand's schema."""
