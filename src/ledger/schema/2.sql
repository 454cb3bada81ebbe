-- When a run last left everything of a campaign done, so that a night that did not happen is noticed.

ALTER TABLE campaigns ADD COLUMN succeeded_at INTEGER;
