import FunctionRuntime
import Glibc
import MailTypes

/// One thing that `mailroom check` looked at.
struct Finding: Sendable {
    let what: String
    let isGood: Bool
    let detail: String
    /// What to do about it; nil when it is good.
    let next: String?

    /// Free space below which accepting mail will stop soon, in octets.
    static let spaceMin = 1 << 30

    var json: JSONValue {
        var object = JSONObject()
        object["What"] = .string(what)
        object["Good"] = .bool(isGood)
        object["Detail"] = .string(detail)
        object["Next"] = next.map { .string($0) }
        return .object(object)
    }

    /// Is there a data directory, and is it nobody else's to read?
    static func dataDirectory(_ path: String) -> Finding {
        var facts = stat()
        guard stat(path, &facts) == 0 else {
            return Finding(
                what: "data", isGood: false, detail: "no directory \(path)",
                next: "start once: mailroom dev --data \(path)")
        }
        let isPrivate = facts.st_mode & 0o077 == 0
        return Finding(
            what: "data", isGood: isPrivate,
            detail: isPrivate ? "\(path) is private" : "\(path) can be entered by others",
            next: isPrivate ? nil : "chmod 700 \(path)")
    }

    /// Room on the disk of the data directory.
    static func disk(_ path: String) -> Finding {
        var facts = statvfs()
        guard statvfs(path, &facts) == 0 else {
            return Finding(
                what: "disk", isGood: false, detail: "cannot be asked: \(File.reason)",
                next: "check the mount of \(path)")
        }
        let free = Int(facts.f_bavail) * Int(facts.f_frsize)
        return Finding(
            what: "disk", isGood: free >= spaceMin, detail: "\(free >> 20) MiB free",
            next: free >= spaceMin
                ? nil : "free space on the file system of \(path): mail is refused with 452 when it is full")
    }

    /// Is this machine's clock set at all? One that is some minutes off shows in the next finding: the system refuses
    /// its signature.
    static func clock() -> Finding {
        let now = SystemClock.now()
        let isSane = now > Timestamp(year: 2024, month: 1, day: 1)
        return Finding(
            what: "clock", isGood: isSane, detail: now.rfc3339,
            next: isSane ? nil : "set the clock, for example: timedatectl set-ntp true")
    }
}
