"""Tests of exports: receivers, signatures, files, and who can load them."""
