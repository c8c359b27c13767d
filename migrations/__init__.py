"""The schema of the store, revision by revision; `schema.sql` is the whole of it, kept true by a test."""
