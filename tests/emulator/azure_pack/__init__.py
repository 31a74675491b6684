"""Windows Azure Pack: the Service Management API's users and subscriptions on an admin and a tenant port, and its token
issuers."""
