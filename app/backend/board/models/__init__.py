"""What travels: the values of the API, as OpenAPI describes them."""
