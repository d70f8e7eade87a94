import CLauncher
import Glibc

// Before anything else starts a thread: the launcher of users' functions forks, and nothing but itself may be in the copy.
if CommandLine.arguments.count == 4, CommandLine.arguments[1] == "launch-functions" {
    exit(launcher_main(CommandLine.arguments[2], CommandLine.arguments[3] == "plain" ? 0 : 2))
}
exit(await Program.run(Array(CommandLine.arguments.dropFirst())))
