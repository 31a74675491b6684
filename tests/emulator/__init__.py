"""A local server that answers like Entra ID's token endpoints and the Partner Center REST API (see README.md)."""
