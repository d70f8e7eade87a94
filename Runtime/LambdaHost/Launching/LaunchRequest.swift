import CLauncher
import MailTypes

/// One start of a process, as the launcher is asked for it.
struct LaunchRequest {
    var kind = LAUNCHER_SPAWN
    var workingDirectory: String
    var arguments: [String]
    var variables: [(name: String, value: String)]
    var mounts: [Mount]
    /// 0: the launcher's own.
    var userID: UInt32
    var memoryMiB: UInt32
    var fileOctets: UInt64
    var settings: HostSettings
    /// Microseconds of the scheduler's slices; 0: the system's.
    var sliceMicroseconds: UInt32 = 0
    /// The id of the parent that forks it; 0: a program is executed.
    var parent: UInt32 = 0

    /// The request's octets.
    func encode(id: UInt32) -> Octets {
        var head = launcher_request()
        head.kind = kind.rawValue
        head.id = id
        head.uid = userID
        head.memory_mib = memoryMiB
        head.open_files = settings.openFiles
        head.processes = settings.processes
        head.file_octets = fileOctets
        head.data_octets = (UInt64(memoryMiB) + settings.spareDataMiB) << 20
        head.argument_count = UInt32(arguments.count)
        head.variable_count = UInt32(variables.count)
        head.mount_count = UInt32(mounts.count)
        head.nice = settings.niceness
        head.parent = parent
        head.slice_microseconds = sliceMicroseconds
        var octets = withUnsafeBytes(of: head) { Octets($0) }
        func put(_ text: String) {
            // A NUL would end the string early and shift all that follow.
            octets += text.utf8.filter { $0 != 0 }
            octets.append(0)
        }
        put(workingDirectory)
        for argument in arguments { put(argument) }
        for variable in variables { put("\(variable.name)=\(variable.value)") }
        for mount in mounts { put(mount.line) }
        return octets
    }
}

/// One piece of the root that a function sees.
enum Mount: Equatable {
    /// A folder or file of the machine, read-only.
    case bind(String, at: String)
    case device(String)
    case temporary(megabytes: Int, at: String)
    case processes
    /// Folders laid over each other, the first on top, read-only.
    case overlay([String], at: String)
    case link(to: String, at: String)
    case folder(String)

    /// As the launcher reads it (CLauncher's launcher.h).
    var line: String {
        switch self {
        case .bind(let source, let target): "b\(source)\t\(target)"
        case .device(let path): "d\(path)\t\(path)"
        case .temporary(let megabytes, let target): "t\(megabytes)\t\(target)"
        case .processes: "p\t/proc"
        case .overlay(let folders, let target): "o\(folders.joined(separator: ":"))\t\(target)"
        case .link(let source, let target): "l\(source)\t\(target)"
        case .folder(let path): "m\t\(path)"
        }
    }
}
