"""Pure decisions: values in, values out. No database, Flask, Redis or clock."""
