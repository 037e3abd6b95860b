"""The plug-in for ms-swift: template, trainer, loss and callbacks."""
