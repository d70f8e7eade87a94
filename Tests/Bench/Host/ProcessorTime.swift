import Glibc

/// Seconds of processor time, from /proc.
enum ProcessorTime {
    /// This process's own.
    static func own() -> Double { processes()[getpid()]?.seconds ?? 0 }

    /// This process's and that of everything it started and that still runs.
    static func tree() -> Double {
        let all = processes()
        func isOurs(_ id: Int32) -> Bool {
            var next: Int32? = id
            while let process = next, process > 0 {
                if process == getpid() { return true }
                next = all[process]?.parent
            }
            return false
        }
        return all.reduce(0) { $0 + (isOurs($1.key) ? $1.value.seconds : 0) }
    }

    private static func processes() -> [Int32: (parent: Int32, seconds: Double)] {
        guard let folder = opendir("/proc") else { return [:] }
        defer { closedir(folder) }
        var found: [Int32: (parent: Int32, seconds: Double)] = [:]
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let id = Int32(name), let file = fopen("/proc/\(name)/stat", "r") else { continue }
            defer { fclose(file) }
            var line = [UInt8](repeating: 0, count: 1024)
            let count = fread(&line, 1, line.count, file)
            // Behind the name, which may hold anything: state, parent, …, user and system time in hundredths.
            let fields = String(decoding: line[..<count], as: UTF8.self).split(separator: ")").last?.split(
                separator: " ")
            guard let fields, fields.count > 12, let parent = Int32(fields[1]), let user = Double(fields[11]),
                let system = Double(fields[12])
            else { continue }
            found[id] = (parent, (user + system) / Double(sysconf(Int32(_SC_CLK_TCK))))
        }
        return found
    }
}
