"""What migrates when and to which target: arrivals, attempts, retries, trust and policies."""
