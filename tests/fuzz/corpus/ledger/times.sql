-- Times that cannot be, or that leave no room for what is added to them.
UPDATE meta SET written_at = 9223372036854775807
UPDATE meta SET written_at = 253402207200
UPDATE meta SET written_at = -377705023201
UPDATE generations SET expires_at = 253402207200
UPDATE generations SET expires_at = -377705023201
UPDATE generations SET expires_at = -377705023202
UPDATE generations SET expires_at = 9223372036854775807
UPDATE generations SET created_at = 253402207200, expires_at = 253402207200
UPDATE generations SET created_at = -377705023201, expires_at = -377705023201
UPDATE generations SET expires_at = NULL
UPDATE generations SET expires_at = 0 WHERE lifetime = 0
UPDATE bundles SET modified_at = 9223372036854775807
UPDATE bundles SET modified_at = -9223372036854775808
UPDATE intents SET last_at = -9223372036854775808
UPDATE calls SET day = '2026-11-22x'
UPDATE calls SET day = ''
INSERT INTO handoffs VALUES (1, 'handed', 1, 'printer', '', 9223372036854775807, 1, zeroblob(32), 'code', NULL, NULL); INSERT INTO handed VALUES (1, 1, 1, 'x', zeroblob(32))
INSERT INTO deployments VALUES (1, 1, zeroblob(32), -9223372036854775808)
UPDATE campaigns SET succeeded_at = 9223372036854775807
UPDATE bundles SET recorded_at = 9223372036854775807
