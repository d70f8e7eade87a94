import Glibc

// Before the first await: every thread inherits the blocked signals, and the one that waits for them takes them.
if ["dev", "serve"].contains(CommandLine.arguments.dropFirst().first) { Termination.blockSignals() }
exit(await Program.run(Array(CommandLine.arguments.dropFirst())))
