"""What happened, to be looked at: sequence diagrams, and traces for a trace viewer."""
