"""Random programs of TF 1, run by a Session and by this package."""
