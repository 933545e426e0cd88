"""What the tests stand on: servers, wire clients and the comparison of two servers."""
