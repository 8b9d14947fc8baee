"""What we do: one noun per file. Services may flush, never commit."""
