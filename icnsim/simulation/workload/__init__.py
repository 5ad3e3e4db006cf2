"""The workload of migrations: arrivals, attempts, retries, trust and policies."""
