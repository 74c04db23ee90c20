"""The twin: a park compiled into arrays, simulated by one kernel, read as results and as inputs of the plan."""
