"""Where a project stands: the ten indicators and their roll-up. Lives in each brand's schema."""
