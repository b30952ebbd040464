-- The end of a plan.
DROP TABLE plan_candidate
