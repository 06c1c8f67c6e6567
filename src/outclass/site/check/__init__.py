"""Pages on which people check labels: a queue, invitations, how well they agree."""
