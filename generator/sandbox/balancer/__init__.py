"""Load balancers that carry traffic: HAProxy does what the load balancers of an account say."""
