-- What a code in a bundle was declared for, `paper` or `screen`: once it is withdrawn nothing else remembers that. NULL where
-- it was not declared, and in what earlier versions recorded.
ALTER TABLE bundled ADD COLUMN medium TEXT CHECK (medium IN ('paper', 'screen'));
