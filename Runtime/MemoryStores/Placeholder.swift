// Filled by this module's own files.
