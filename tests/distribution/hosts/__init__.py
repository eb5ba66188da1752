"""Clusters on several hosts: network namespaces, joined by a network of our own."""
