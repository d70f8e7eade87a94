import FunctionRuntime
import MailTypes
import Transport

/// Deploys templates again as soon as one of their files changes: `mailroom dev --watch DIR`.
///
/// Files are looked at by their time of change, not read, until something did change; the deploy is the verb of the command
/// line in a process of its own, so that a build never holds up mail.
struct TemplateWatch: Sendable {
    /// Between two looks at least. New code is to be there within a tenth of a second, and most of that is the deploy's.
    static let pause = Duration.milliseconds(10)
    /// A pause is so many times as long as the look before it: a large tree costs a twentieth of a core, not all of one.
    static let pauseFactor = 20

    /// Folders with templates, or with folders of templates.
    let folders: [String]
    /// The running system's data directory.
    let data: String

    /// Looks until cancelled; deploys everything once at the start.
    func run() async {
        let threads = BlockingThreads(name: "watch", threads: 1, queueLimit: 1)
        var seen: [String: Int64] = [:]
        let clock = ContinuousClock()
        while !Task.isCancelled {
            let start = clock.now
            var deploying = Duration.zero
            // The deploy finds the system by its card, which is there once every endpoint answers.
            for template in File.exists(Card.path(in: data)) ? folders.flatMap(Self.templates) : [] {
                let change = Self.newestChange(beside: template)
                guard seen[template] != change else { continue }
                seen[template] = change
                let began = clock.now
                await deploy(template, threads)
                deploying += clock.now - began
            }
            let looking = clock.now - start - deploying
            try? await Task.sleep(for: max(Self.pause, looking * Self.pauseFactor))
        }
    }

    private func deploy(_ template: String, _ threads: BlockingThreads) async {
        let words = ["/proc/self/exe", "deploy", template, "--data", data]
        let answer = try? await threads.run { ChildCommand.run(words) }
        for line in (answer?.output ?? "").split(separator: "\n") { Output.complain("watch: \(line)") }
    }

    /// `template.yaml` and its like, in a folder and in the folders within it.
    static func templates(in folder: String) -> [String] {
        let names = ["template.yaml", "template.yml", "template.json"]
        var found = names.map { "\(folder)/\($0)" }.filter(File.exists)
        guard found.isEmpty, let inner = try? SourceTree.names(in: folder) else { return found }
        for name in inner where !name.hasPrefix(".") {
            found += names.map { "\(folder)/\(name)/\($0)" }.filter(File.exists)
        }
        return found.sorted()
    }

    /// The newest change of anything in the template's folder.
    private static func newestChange(beside template: String) -> Int64 {
        let folder = template.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        guard let tree = try? SourceTree(folder.isEmpty ? "." : folder) else { return -1 }
        return tree.newestChange
    }
}
