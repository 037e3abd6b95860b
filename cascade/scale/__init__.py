"""Many machines: jobs on Ray Data, and the server on Ray Serve. Ray is imported only by what works with it."""
