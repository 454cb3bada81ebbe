-- Texts that no rule of ours lets through.
UPDATE codes SET scene = 0 WHERE id = 1
UPDATE codes SET scene = 4294967296 WHERE id = 1
UPDATE codes SET scene = '' WHERE id = 1
UPDATE codes SET scene = x'00ff' WHERE id = 1
UPDATE codes SET scene = 1.5 WHERE id = 1
UPDATE codes SET scene = CAST(x'ff' AS TEXT) WHERE id = 1
UPDATE codes SET channel = ''
UPDATE codes SET channel = 'a' || char(10) || char(27) || '[31m'
UPDATE codes SET channel = CAST(x'ff00' AS TEXT)
UPDATE codes SET tags = ';;;'
UPDATE codes SET tags = 'a;a;' || char(0)
UPDATE codes SET extra_columns = '[', extra_values = '[]'
UPDATE codes SET extra_columns = '["a"]', extra_values = '["x", "y", "z"]'
UPDATE codes SET extra_columns = '["a", "a", ""]', extra_values = '[]'
UPDATE codes SET extra_columns = '["a"]', extra_values = NULL
UPDATE codes SET extra_columns = '{"a": 1}', extra_values = '[null]'
UPDATE campaigns SET name = '../../etc'
UPDATE campaigns SET name = ''
UPDATE campaigns SET name = 'a' || char(10) || 'b'
UPDATE campaigns SET folded = 'other'
UPDATE accounts SET appid = 'wx 1'
UPDATE generations SET ticket = ''
UPDATE generations SET ticket = 'a b'
UPDATE generations SET ticket = printf('%.*c', 5000, 'x')
UPDATE generations SET url = ''
UPDATE generations SET url = printf('%.*c', 100000, 'x')
UPDATE generations SET url = 'http://x/' || char(27) || '[2J'
UPDATE generations SET picture = x'00'
UPDATE generations SET picture = NULL
UPDATE bundles SET contents = x''
UPDATE bundles SET file_name = '../../../etc/passwd'
UPDATE bundles SET file_name = CAST(x'ff' AS TEXT)
UPDATE bundled SET channel = 'a' || char(10) || char(27) || '[31m'
UPDATE bundled SET channel = NULL, digest = x'00'
UPDATE bundled SET medium = 'wall'
UPDATE meta SET host = 'a' || char(27) || '[2J', machine = CAST(x'ff' AS TEXT)
INSERT INTO handoffs VALUES (1, 'handed', 1, 'a' || char(10) || char(27) || '[2J', CAST(x'ff' AS TEXT), 0, 1, zeroblob(32), 'code', NULL, NULL); INSERT INTO handed VALUES (1, 1, 1, 'x', zeroblob(32))
INSERT INTO handoffs VALUES (1, 'handed', 1, '', '', 0, 1, zeroblob(32), 'code', NULL, NULL); INSERT INTO handed VALUES (1, 1, 1, 'a' || char(10), x'00')
UPDATE bundles SET names = char(27) || '[2J'
