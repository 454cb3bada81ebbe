-- Counts and keys at their limits.
UPDATE calls SET made = 9223372036854775807
UPDATE calls SET made = -1
INSERT INTO calls VALUES (1, '2026-11-22', 9223372036854775807) ON CONFLICT DO UPDATE SET made = 9223372036854775807
UPDATE memberships SET seq = 9223372036854775807 WHERE code = 1
UPDATE memberships SET seq = -1 WHERE code = 1
DELETE FROM memberships
UPDATE generations SET number = 9223372036854775807 WHERE code = 2
UPDATE generations SET number = 4294967295 WHERE code = 2
UPDATE generations SET number = 4294967296 WHERE code = 2
UPDATE generations SET number = 0 WHERE code = 2
UPDATE generations SET lifetime = 4294967295
UPDATE generations SET lifetime = -1
UPDATE generations SET lifetime = 2592001
UPDATE generations SET side = -1
UPDATE generations SET side = 4294967296
UPDATE intents SET attempts = 9223372036854775807
UPDATE intents SET generation = 9223372036854775807
UPDATE codes SET latest = 9223372036854775807
UPDATE codes SET latest = 1
UPDATE codes SET campaign = 99
UPDATE codes SET id = 9223372036854775807 WHERE id = 4
UPDATE codes SET retired = 2
UPDATE bundles SET revision = 9223372036854775807
UPDATE bundles SET bytes = -1
DELETE FROM meta
INSERT INTO meta (id, written_at) VALUES (2, 5)
DELETE FROM campaigns
DELETE FROM accounts
UPDATE bundled SET revision = 9223372036854775807
UPDATE bundled SET generation = 4294967296
UPDATE bundles SET handoffs = 9223372036854775807
UPDATE refusals SET errcode = -9223372036854775808, generation = 9223372036854775807
