"""Many machines: jobs on Ray Data. Ray is imported only by what works with it."""
