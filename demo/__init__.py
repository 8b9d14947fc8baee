"""`make demo`: the product's story played over HTTP on an instance of its own, each step checked in the database."""
