"""What `doctor` checks: the installation, the machine, the cache, the adapters."""
