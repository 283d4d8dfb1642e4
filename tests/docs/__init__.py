"""Documents that tests hold true."""
