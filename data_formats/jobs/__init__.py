"""Jobs that survive: results in shards beside the output, so that a job that was killed goes on where it was."""
