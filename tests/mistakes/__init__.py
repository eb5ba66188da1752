"""Has the mistakes that people make, in tables, and what they are told."""
