-- Which machine wrote last: a ledger that turns up on another one may be in use on both. `machine` tells machines
-- apart and names nobody; both are NULL until a machine that can be told from others writes.

ALTER TABLE meta ADD COLUMN host TEXT;
ALTER TABLE meta ADD COLUMN machine TEXT;
