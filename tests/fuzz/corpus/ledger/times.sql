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
