-- What a brand's role may read in public, and which rows of it: its own placements and the guides of those.
-- Row level security does not bind the owner, which is the login itself: public code sees all. Safe to run again.

CREATE OR REPLACE FUNCTION public.brand_of_schema(name name) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
AS $$ SELECT id FROM public.tenants_brand WHERE schema_name = $1::text $$;

ALTER TABLE public.guides_placement ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.guides_guide ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS brands_own ON public.guides_placement;
DROP POLICY IF EXISTS brands_own ON public.guides_guide;
-- current_schema() skips schemas the role may not use, so no brand can name another's.
CREATE POLICY brands_own ON public.guides_placement FOR SELECT
    USING (brand_id = (SELECT public.brand_of_schema(current_schema())));
CREATE POLICY brands_own ON public.guides_guide FOR SELECT
    USING (EXISTS (SELECT FROM public.guides_placement p WHERE p.guide_id = guides_guide.id));
