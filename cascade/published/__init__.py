"""Published systems that generate their answers, run as their authors describe them: for comparison with ours."""
