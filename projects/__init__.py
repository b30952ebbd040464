"""What was agreed: projects, definition sheets, teams, accounts and keepers, channels. Lives in each brand's schema."""
