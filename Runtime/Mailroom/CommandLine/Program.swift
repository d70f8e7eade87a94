import Glibc
import Templates

/// Finds the verb and runs it.
enum Program {
    static let version = "0.1.0"

    static let verbs: [Verb] = [
        .dev, .serve, .deploy, .stacks, .delete, .functions, .function, .invoke, .event, .logs, .send, .trace, .replay,
        .queue,
        .organization, .user, .group, .resource, .domain, .rule, .gateway, .journal, .key, .check, .env,
    ]

    /// Off the main actor: what starts there would hop to it and back at every step.
    @concurrent static func run(_ words: [String]) async -> Int32 {
        signal(SIGPIPE, SIG_IGN)
        guard let name = words.first, name != "--help", name != "help", name != "-h" else {
            Output.print(overview)
            return 0
        }
        if name == "--version" || name == "version" {
            Output.print("mailroom \(version)")
            return 0
        }
        guard let verb = verbs.first(where: { $0.name == name }) else {
            let guess = Suggestion.nearest(to: name, in: verbs.map(\.name)).map { "did you mean \($0)?" }
            Output.complain(Refusal.usage("no verb \(name)", hint: guess ?? "see: mailroom --help").description)
            return 2
        }
        do {
            let arguments = try Arguments(Array(words.dropFirst()), for: verb)
            if arguments.has("help") {
                Output.print(verb.help)
                return 0
            }
            return try await verb.run(arguments)
        } catch let refusal as Refusal {
            Output.complain(refusal.description)
            return refusal.exitCode
        } catch {
            Output.complain(Refusal.failed("\(error)", next: "see: mailroom \(name) --help").description)
            return 1
        }
    }

    private static var overview: String {
        let width = verbs.map(\.name.count).max() ?? 0
        var text = "mailroom: business mail as functions\n\n"
        for verb in verbs {
            text += "  \(verb.name)\(String(repeating: " ", count: width - verb.name.count))  \(verb.summary)\n"
        }
        return text + "\nmailroom VERB --help shows a verb's flags and an example; mailroom dev starts a system here."
    }
}
