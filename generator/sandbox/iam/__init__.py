"""Who calls, and what IAM lets them do."""
