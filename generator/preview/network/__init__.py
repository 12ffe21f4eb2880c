"""What becomes reachable, and by whom: groups, ACLs, listeners, buckets, databases, functions."""
