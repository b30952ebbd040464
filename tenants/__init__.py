"""Who exists and who may enter: agencies, brands, users, memberships, API keys. Lives in the public schema."""
