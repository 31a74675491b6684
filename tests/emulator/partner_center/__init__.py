"""The Partner Center REST API v1: customers and their users."""
