"""siyu's database engine: django-tenants' search path plus the brand's own PostgreSQL role."""
