// Filled by this module's own tests.
