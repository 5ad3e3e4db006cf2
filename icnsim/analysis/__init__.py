"""What stands beside the simulated figures: closed forms, claims, plots."""
