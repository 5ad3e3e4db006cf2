"""The network between the executors: delays, loss, copies, cut links and disturbances."""
